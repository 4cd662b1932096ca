"""Template filters and tags for labs."""

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from labs import hooks
from labs.terminals import gateway_address
from labs.translations import authored

register = template.Library()
register.filter("authored", authored)


@register.simple_tag(takes_context=True)
def open_questions(context: RequestContext, lab: str) -> str:
    """Say how many questions come before the next lesson; empty if none does."""
    return hooks.open_questions(context["request"], lab)


@register.simple_tag(takes_context=True)
def terminal_gateway(context: RequestContext) -> str:
    """Return the address to which the terminals of the page connect."""
    return gateway_address.gateway_address(context["request"])


@register.simple_tag
def preload_modules(*names: str) -> SafeString:
    """Ask the browser for modules of the import map at once: else it learns of each only from the one that imports it."""
    paths = [(static(settings.IMPORT_MAP[name]),) for name in names if name in settings.IMPORT_MAP]
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', paths)
