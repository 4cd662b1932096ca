"""Template tags and filters that several apps use. What one app uses alone is in its own library."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from vaka import operator_commands
from vaka.web import qr as codes

register = template.Library()

# A shape, and the word that always accompanies it
STATUS = {
    "pass": _("Passed"),
    "fail": _("Failed"),
    "unknown": _("Unknown"),
    "wait": _("Waiting"),
    "run": _("Working"),
    "assist": _("Assisted"),
    "none": _("Not yet"),
}


@register.simple_tag
def icon(shape: str) -> SafeString:
    """Draw a shape of the sprite. Words beside it must say what it means."""
    return format_html('<svg class="i" aria-hidden="true"><use href="#s-{}"/></svg>', shape)


@register.simple_tag
def open_to_others() -> str:
    """Write the command that lets other computers open the site."""
    return operator_commands.open_to_others()


@register.simple_tag
def build_fresh_image() -> str:
    """Write the command that builds the lab image from the packages of today."""
    return operator_commands.build_image(fresh=True)


@register.simple_tag
def status(kind: str, word: str = "") -> SafeString:
    """Write a status: a shape, a word and a colour. Without ``word`` it has the usual word of its kind."""
    return format_html('<span class="st {}">{} {}</span>', kind, icon(kind), word or STATUS[kind])


@register.filter
def clock(seconds: float) -> str:
    """Write a duration as minutes and seconds, such as 3:07."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


@register.simple_tag
def qr(svg: str) -> SafeString:
    """Put the SVG of a QR code that allauth made into the page. An <img> would need a data: address, which our CSP forbids."""
    return mark_safe(svg.removeprefix("<?xml version='1.0' encoding='UTF-8'?>"))  # noqa: S308  # made from our own text


@register.inclusion_tag("web/_qr.html")
def qr_of(text: str, label: str) -> dict[str, Any]:
    """Draw a QR code of the text. The label says where it leads."""
    modules = codes.matrix(text)
    return {"size": len(modules), "path": codes.path(modules), "label": label}


@register.simple_tag(takes_context=True)
def import_map(context: RequestContext) -> SafeString:
    """Write the import map: the names of our ES modules, with the addresses of their hashed files."""
    if not settings.IMPORT_MAP or "csp_nonce" not in context:  # an error page without a request has none
        return mark_safe("")
    names: dict[str, Any] = {"imports": {name: static(path) for name, path in settings.IMPORT_MAP.items()}}
    written = json.dumps(names).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["csp_nonce"], mark_safe(written))  # noqa: S308  # JSON, and no < in it
