"""What a certificate's page shows, as its PDF does."""

from typing import Any

from django import template

from vaka.credentials import ornament, wording
from vaka.credentials.certificate import Facts

register = template.Library()


@register.inclusion_tag("credentials/_rose.html")
def compass_rose() -> dict[str, Any]:
    return {"radii": (ornament.INNER, ornament.OUTER), "ticks": ornament.ticks(), "needles": ornament.needles()}


@register.simple_tag
def checked(facts: Facts) -> list[str]:
    return wording.lines(facts)
