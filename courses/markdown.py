"""A lesson's Markdown, and the few directives that it may hold.

A directive stands in lines of its own, between ``::: name argument`` and ``:::``:

    ::: figure area.svg          the drawing, from the course's folder; the text is its caption
    ::: worked What is shown     a fenced block of output, and what to see in it
    ::: hint Question            opened on demand
    ::: lab ospfv3-one-area      the way to a lab; the text says what to do there
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from vaka.web.markdown import render

OPEN = re.compile(r":::\s+(\S+)\s*(.*)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```\s*$", re.M | re.S)
PROMPT = re.compile(r"^((?:root@)?[a-z0-9-]+(?:\([a-z0-9-]+\)|:[^ #]*)?# )", re.M)
DRAWING_TAGS = ("<script", "<style", "style=", "<foreignObject", "href=", "onload", "onclick", "<image", "<!", "<?")


@dataclass(slots=True)
class Reading:
    """One lesson being read: where its drawings are, and what was wrong, with its line in the text."""

    folder: Path
    errors: list[tuple[int, str]] = field(default_factory=list)
    labs: list[tuple[int, str]] = field(default_factory=list)
    figures: int = 0


def to_html(text: str, reading: Reading) -> SafeString:
    """Return the lesson as safe HTML; what is wrong with its directives is added to the reading."""
    done: list[str] = []
    plain: list[str] = []
    inside: tuple[int, str, str] | None = None
    body: list[str] = []
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        fenced ^= line.startswith("```")
        if inside and line.strip() == ":::" and not fenced:
            done.append(_directive(*inside, "\n".join(body), reading))
            inside, body = None, []
        elif inside:
            body.append(line)
        elif not fenced and line.startswith(":::"):
            if not (found := OPEN.fullmatch(line)):
                reading.errors.append((number, "A directive begins with ::: and its name, and ends with ::: alone."))
                continue
            done.append(render("\n".join(plain)))
            plain, inside = [], (number, found[1], found[2].strip())
        else:
            plain.append(line)
    if inside:
        reading.errors.append((inside[0], f'The directive "{inside[1]}" has no end; write ::: in a line of its own.'))
    done.append(render("\n".join(plain)))
    return mark_safe("\n".join(done))  # noqa: S308  # each part is cleaned Markdown or one of our templates


def _directive(line: int, name: str, argument: str, body: str, reading: Reading) -> str:
    if name not in DIRECTIVES:
        known = ", ".join(DIRECTIVES)
        reading.errors.append((line, f'There is no directive "{name}"; use one of {known}.'))
        return ""
    if not argument:
        reading.errors.append((line, f'The directive "{name}" needs a word after its name.'))
        return ""
    return DIRECTIVES[name](line, argument, body, reading)


def _figure(line: int, argument: str, body: str, reading: Reading) -> str:
    file = reading.folder / argument
    if file.suffix != ".svg" or "/" in argument or not file.is_file():
        reading.errors.append((line, f'There is no drawing "{argument}" beside the lesson; it must be an .svg file.'))
        return ""
    svg = file.read_text(encoding="utf-8").strip()
    if bad := [tag for tag in DRAWING_TAGS if tag in svg]:
        reading.errors.append((line, f"{argument} holds {bad[0]}, which a page must not: use classes and shapes only."))
        return ""
    if "<title" not in svg:
        reading.errors.append((line, f"{argument} has no <title>: say in it what the drawing shows."))
    reading.figures += 1
    return render_to_string(
        "courses/_figure.html",
        {"svg": mark_safe(svg), "caption": render(body), "number": reading.figures},  # noqa: S308  # checked above; ours
    )


def _worked(line: int, argument: str, body: str, reading: Reading) -> str:
    found = FENCE.search(body)
    if found is None:
        reading.errors.append((line, "A worked example holds a fenced block (```) with what was typed and printed."))
        return ""
    screen = PROMPT.sub(r"<b>\1</b>", escape(found[1].rstrip()))
    say = render(body[: found.start()] + body[found.end() :])
    context = {"title": argument, "screen": mark_safe(screen), "say": say}  # noqa: S308  # escaped before the prompts
    return render_to_string("courses/_worked.html", context)


def _hint(line: int, argument: str, body: str, reading: Reading) -> str:
    return render_to_string("courses/_hint.html", {"question": argument, "say": render(body)})


def _lab(line: int, argument: str, body: str, reading: Reading) -> str:
    reading.labs.append((line, argument))
    return render_to_string("courses/_lab.html", {"lab": argument, "say": render(body)})


DIRECTIVES: Mapping[str, Callable[[int, str, str, Reading], str]] = {
    "figure": _figure,
    "worked": _worked,
    "hint": _hint,
    "lab": _lab,
}
