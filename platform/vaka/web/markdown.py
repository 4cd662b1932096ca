"""Markdown to safe HTML, for lessons and the guides of labs. Raw HTML is shown as text.

With ``marked``, the caller can give a meaning to ``[text]{word}`` and ``[text]{word=argument}``.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from html import escape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

TAGS = nh3.ALLOWED_TAGS - {"map", "area", "bdo", "cite", "wbr"}
ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "pre": {"class", "data-node"},
    "code": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},  # only our renderer writes one: raw HTML is text
}

MARKED = re.compile(r"\[([^\[\]]+)\]\{([a-z]+)(?:=([^{}\s]+))?\}")
PLACE = re.compile("\ue000([0-9]+)\ue001")  # from the private use area: no text contains them, and nh3 keeps them

type Marks = Callable[[str, str, str], SafeString]  # word, argument, text


class _Renderer(RendererHTML):
    """Renders a fenced block whose info string ends with the name of a node ("r1" or "console r1") as a command for it."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        words = token.info.split()
        if words and words[-1] in env.get("nodes", ()):
            return f'<pre class="out" data-node="{escape(words[-1])}"><code>{escape(token.content)}</code></pre>\n'
        language = f' class="language-{escape(words[0])}"' if words else ""
        return f"<pre><code{language}>{escape(token.content)}</code></pre>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Put the table into a box that scrolls, also by keyboard, so that a wide table does not make the page scroll."""
        label = gettext("Table: %(columns)s") % {"columns": ", ".join(_columns(tokens[idx:]))}
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    def mark(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["made"].append(env["marked"](tokens[idx].tag, tokens[idx].info, tokens[idx].content))
        return f"\ue000{len(env['made']) - 1}\ue001"


def _columns(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the column titles of a table as plain text."""
    for token in tokens:
        if token.type == "thead_close":
            return
        if token.type == "inline":
            yield "".join(part.content for part in token.children or ())


def _mark(state: StateInline, silent: bool) -> bool:
    found = MARKED.match(state.src, state.pos) if state.env.get("marked") else None
    if found is None:
        return False
    if not silent:
        token = state.push("mark", found[2], 0)
        token.content, token.info = " ".join(found[1].split()), found[3] or ""
    state.pos = found.end()
    return True


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}, renderer_cls=_Renderer).enable(["table"])
_markdown.inline.ruler.before("link", "mark", _mark)


def render(text: str, *, nodes: Collection[str] = (), marked: Marks | None = None) -> SafeString:
    """Return the HTML of a text. A fenced block for one of these ``nodes`` becomes a command."""
    made: list[SafeString] = []
    html = _markdown.render(PLACE.sub("", text), {"nodes": nodes, "marked": marked, "made": made})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener")
    if made:  # inserted after cleaning, which would remove their attributes
        clean = PLACE.sub(lambda place: made[int(place[1])], clean)
    return mark_safe(clean)  # noqa: S308  # nh3 has cleaned it, and ``marked`` returns safe strings
