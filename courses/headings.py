"""The headings of a lesson, of the second level: each gets an id, so that the page can list them as its contents."""

import re
from html import unescape
from itertools import count

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

HEADING = re.compile(r"<h2>(.*?)</h2>", re.S)


def with_ids(html: SafeString, prefix: str = "s") -> tuple[SafeString, list[tuple[str, str]]]:
    """Return the HTML with an id at each heading, and (id, text) of each in order. Each part of a page has a PREFIX of its own."""
    found: dict[str, str] = {}

    def marked(heading: re.Match[str]) -> str:
        text = unescape(strip_tags(heading[1])).strip()
        base = f"{prefix}-{slugify(text, allow_unicode=True) or len(found) + 1}"
        numbered = (f"{base}-{number}" for number in count(2))
        name = base if base not in found else next(free for free in numbered if free not in found)
        found[name] = text
        return f'<h2 id="{name}">{heading[1]}</h2>'

    return SafeString(HEADING.sub(marked, html)), list(found.items())
