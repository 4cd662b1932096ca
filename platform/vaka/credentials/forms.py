"""Forms for the name on a certificate, as its holder writes it."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vaka.web.person_names import is_invisible, one_line

LONGEST = 80


def clean_name(written: str) -> str:
    """Return the name in Unicode form NFC and with single spaces. Raises ValidationError."""
    name = one_line(written)
    if not any(unicodedata.category(letter).startswith("L") for letter in name):
        raise ValidationError(_("The name contains no letters. Write it with letters."))
    if len(name) > LONGEST:
        raise ValidationError(_("The name is too long. Write at most %(count)s characters.") % {"count": LONGEST})
    if any(map(is_invisible, name)):
        raise ValidationError(_("The name contains an invisible character. Type it again."))
    return name


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=3 * LONGEST,
        label=gettext_lazy("Name on the certificate"),
        help_text=gettext_lazy("Write your name as you usually write it, in any script."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": LONGEST}),
    )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class PublishForm(NameForm):
    consent = forms.BooleanField(
        label=gettext_lazy(
            "Publish my certificate. Anyone who has its address can read the name and what was checked."
        ),
        error_messages={"required": gettext_lazy("Select this box first. Nothing is published without your consent.")},
    )


class RenameForm(NameForm):
    consent = forms.BooleanField(
        label=gettext_lazy("Publish my certificate with this name, and revoke the one with the old name."),
        error_messages={"required": gettext_lazy("Select this box first. Nothing is published without your consent.")},
    )
