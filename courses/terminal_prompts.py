"""The prompts of bash and vtysh in what a terminal shows."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PROMPT_AT_LINE_START = re.compile(r"^((?:root@)?[a-z0-9-]+(?:\([a-z0-9-]+\)|:[^ #]*)?# )", re.M)


def highlighted(screen: str) -> SafeString:
    """Return the text as HTML, with its prompts marked."""
    return mark_safe(PROMPT_AT_LINE_START.sub(r"<b>\1</b>", escape(screen)))  # noqa: S308  # escaped before the prompts
