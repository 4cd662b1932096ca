"""Template filters for workshops."""

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ADDRESS = re.compile(r"(\w+://)(\[[^]]*\]|[^:/]+)(:\d+)?(/.*)?")  # of a page: scheme, host, port and path


@register.filter
def breakable(address: str) -> SafeString:
    """Write the join address so that a line may end before its host, port and path, and not within a name or a number."""
    parts = ADDRESS.fullmatch(address)
    return format_html_join(
        mark_safe("<wbr>"), "{}", ((part,) for part in (parts.groups() if parts else [address]) if part)
    )
