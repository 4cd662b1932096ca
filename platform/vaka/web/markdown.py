"""Markdown to safe HTML, for lessons and the guides of labs. Raw HTML is shown as text.

With ``marked``, the caller can give a meaning to ``[text]{word}`` and ``[text]{word=argument}``. With ``links_rfcs``, the name of
an RFC in running text becomes a link to it. ``bold`` may replace what stands in bold; it returns None to leave it.
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
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

TAGS = nh3.ALLOWED_TAGS - {"map", "area", "bdo", "cite", "wbr"}
ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    # Only our renderer writes these: raw HTML is text
    "pre": {"class", "data-node", "tabindex"},
    "code": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
}

MARKED = re.compile(r"\[([^\[\]]+)\]\{([a-z]+)(?:=([^{}\s]+))?\}")
RFC = re.compile(r"\bRFC ([1-9][0-9]{0,4})\b")
PLACE = re.compile("\ue000([0-9]+)\ue001")  # from the private use area: no text contains them, and nh3 keeps them

type Marks = Callable[[str, str, str], SafeString]  # word, argument, text
type Bold = Callable[[str], SafeString | None]


class _Renderer(RendererHTML):
    """Renders a fenced block whose info string ends with the name of a node ("r1" or "console r1") as a command for it.

    The lines of a command wrap. Another block scrolls, also by keyboard.
    """

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        words = token.info.split()
        if words and words[-1] in env.get("nodes", ()):
            return f'<pre class="out" data-node="{escape(words[-1])}"><code>{escape(token.content)}</code></pre>\n'
        language = f' class="language-{escape(words[0])}"' if words else ""
        return f'<pre tabindex="0"><code{language}>{escape(token.content)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

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


def _replace_bold(state: StateCore) -> None:
    """Give each text in bold to ``bold``, and put a place where it returned something."""
    bold: Bold | None = state.env["bold"]
    made: list[SafeString] = state.env["made"]
    if bold is None:
        return
    for block in state.tokens:
        children = block.children or []
        for before, token, after in zip(children, children[1:], children[2:], strict=False):
            if (before.type, token.type, after.type) != ("strong_open", "text", "strong_close"):
                continue
            if replaced := bold(token.content):
                made.append(replaced)
                token.content = f"\ue000{len(made) - 1}\ue001"


def _link_rfcs(state: StateCore) -> None:
    """Make a link of each name of an RFC that is not part of a link already."""
    if not state.env.get("links_rfcs"):
        return
    for block in state.tokens:
        if block.type == "inline" and block.children and "RFC" in block.content:
            block.children = list(_with_links(block.children))


def _with_links(tokens: Sequence[Token]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type.startswith("link_") else 0
        if inside or token.type != "text":
            yield token
            continue
        end = 0
        for found in RFC.finditer(token.content):
            yield Token("text", "", 0, content=token.content[end : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": f"https://www.rfc-editor.org/rfc/rfc{found[1]}"})
            yield Token("text", "", 0, content=found[0])
            yield Token("link_close", "a", -1)
            end = found.end()
        yield Token("text", "", 0, content=token.content[end:])


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}, renderer_cls=_Renderer).enable(["table"])
_markdown.inline.ruler.before("link", "mark", _mark)
_markdown.core.ruler.after("inline", "rfcs", _link_rfcs)
_markdown.core.ruler.after("rfcs", "bold", _replace_bold)


def render(
    text: str,
    *,
    nodes: Collection[str] = (),
    marked: Marks | None = None,
    links_rfcs: bool = False,
    bold: Bold | None = None,
) -> SafeString:
    """Return the HTML of a text. A fenced block for one of these ``nodes`` becomes a command."""
    made: list[SafeString] = []
    html = _markdown.render(
        PLACE.sub("", text), {"nodes": nodes, "marked": marked, "made": made, "links_rfcs": links_rfcs, "bold": bold}
    )
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener")
    if made:  # inserted after cleaning, which would remove their attributes
        clean = PLACE.sub(lambda place: made[int(place[1])], clean)
    return mark_safe(clean)  # noqa: S308  # nh3 has cleaned it, and ``marked`` returns safe strings
