"""Forms of all apps: how they are rendered, and the field of a file that somebody uploads."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

OTHER_FIELDS = 16 << 10  # bytes of a form beside its file


class Renderer(TemplatesSetting):
    """Renders forms with our templates: a label, help text, control and errors for each field, linked for screen readers."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"


class UploadField(forms.FileField):
    """A file of at most ``largest`` bytes. The browser says so before the upload (web/file-size.js), the server after it.

    A file fits into ``settings.LARGEST_BODY`` with the other fields of its form: a larger request reaches no form. With
    ``pixels``, a browser with JavaScript sends a picture that is too large in this size (in each direction).
    """

    def __init__(self, *, largest: int, accept: str, pixels: int = 0, **more: Any) -> None:
        if largest + OTHER_FIELDS > settings.LARGEST_BODY:
            raise ImproperlyConfigured(f"An upload of {largest} bytes does not fit into LARGEST_BODY.")
        self.largest, self.accept, self.pixels = largest, accept, pixels
        super().__init__(**more)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attributes: dict[str, Any] = super().widget_attrs(widget)
        sentence = _("This file has {size} KB. Choose one of at most {largest} KB.")
        attributes |= {"accept": self.accept, "data-largest": self.largest, "data-too-large": sentence}
        if self.pixels:
            attributes |= {
                "data-pixels": self.pixels,
                "data-smaller": _("The browser will send a smaller picture of {size} KB."),
            }
        return attributes

    def to_python(self, data: Any) -> Any:
        file: File[Any] | None = super().to_python(data)
        if file and (file.size or 0) > self.largest:
            numbers = {"size": -(-(file.size or 0) >> 10), "largest": self.largest >> 10}
            text = gettext("This file has %(size)d KB. Choose one of at most %(largest)d KB.")
            raise forms.ValidationError(text % numbers)
        return file
