"""How forms look: a field is a label, its help, its control and its errors, tied together for screen readers."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Finds the templates of forms among ours."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"
