"""Template filters and tags for labs."""

from django import template
from django.template.context import RequestContext

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
