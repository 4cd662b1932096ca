"""The contents of a lesson: its headings of the second level, which get an id each."""

import re
from collections import Counter
from html import unescape

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

HEADING = re.compile(r"<h2>(.*?)</h2>", re.S)


def with_contents(html: SafeString, prefix: str = "s") -> tuple[SafeString, list[tuple[str, str]]]:
    """Return the HTML with an id at each heading, and (id, text) of each in order. Each part of a page has a PREFIX of its own."""
    found: list[tuple[str, str]] = []
    used: Counter[str] = Counter()

    def marked(heading: re.Match[str]) -> str:
        text = unescape(strip_tags(heading[1])).strip()
        base = f"{prefix}-{slugify(text, allow_unicode=True) or len(found) + 1}"
        used[base] += 1
        name = base if used[base] == 1 else f"{base}-{used[base]}"
        found.append((name, text))
        return f'<h2 id="{name}">{heading[1]}</h2>'

    return SafeString(HEADING.sub(marked, html)), found
