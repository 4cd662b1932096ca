"""Markdown to safe HTML, for lessons and for guides of labs. Raw HTML in it is shown as text."""

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

TAGS = nh3.ALLOWED_TAGS - {"map", "area", "bdo", "cite", "wbr"}
ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "pre": {"class", "data-node"}, "code": {"class"}}


class _Renderer(RendererHTML):
    """Renders a fenced block marked with a node's name ("r1" or "console r1") as a command for that node."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        words = token.info.split()
        if words and words[-1] in env.get("nodes", ()):
            return f'<pre class="out" data-node="{escape(words[-1])}"><code>{escape(token.content)}</code></pre>\n'
        language = f' class="language-{escape(words[0])}"' if words else ""
        return f"<pre><code{language}>{escape(token.content)}</code></pre>\n"


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}, renderer_cls=_Renderer).enable(["table"])


def render(text: str, *, nodes: Collection[str] = ()) -> SafeString:
    """Return the HTML of a text. ``nodes`` are the names that make a fenced block a command."""
    html = _markdown.render(text, {"nodes": nodes})
    return mark_safe(nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener"))  # noqa: S308  # nh3 cleaned it
