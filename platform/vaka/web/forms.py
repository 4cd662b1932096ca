"""The rendering of forms: a label, help text, control and errors for each field, linked for screen readers."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Renders forms with our templates."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"
