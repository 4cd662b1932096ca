"""Template tags for a certificate: the compass rose, and what was checked."""

from typing import Any

from django import template

from vaka.credentials import compass_rose, wording
from vaka.credentials.certificate_content import CertificateContent

register = template.Library()


@register.inclusion_tag("credentials/_compass_rose.html", name="compass_rose")
def draw_compass_rose() -> dict[str, Any]:
    return {
        "radii": (compass_rose.INNER, compass_rose.OUTER),
        "ticks": compass_rose.ticks(),
        "needles": compass_rose.needles(),
    }


@register.simple_tag
def checked_lines(content: CertificateContent) -> list[str]:
    return wording.checked_lines(content)
