"""The part of an output that a lesson shows: the lines that its block selects, and the same text at each recording."""

import re
from collections.abc import Mapping, Sequence

ELLIPSIS = "…"
# Text that differs between two recordings of the same network: times, counters, identifiers of packets
VARIES = re.compile(
    r"\d\d:\d\d:\d\d(?:\.\d+)?|\b\d+d\d\dh\d\dm\b|\b\d\dw\dd\d\dh\b|\d{4}-\d\d-\d\d"
    r"|\b\d+(?:\.\d+)?(?=\s?(?:ms|msec|sec|secs|seconds|s)\b)|(?<== )[\d./]+(?= ms)"
    r"|(?<=flowlabel )0x[0-9a-f]+|(?<=\bid )\d+|(?<=packets )\d+|(?<=bytes )\d+"
    r"|(?<=\s)\d{1,4}(?=\s|$)"
)


def selected(printed: str, options: Mapping[str, str]) -> str:
    """Return the lines that the options of a step select. A line … stands for lines that are left out."""
    lines = [line.rstrip() for line in printed.expandtabs(8).splitlines()]
    keep = [True] * len(lines)
    if "from" in options:
        keep = _between(lines, options["from"], options.get("to"))
    elif "to" in options:
        first = next((at for at, line in enumerate(lines) if re.search(options["to"], line)), len(lines))
        keep = [at <= first for at in range(len(lines))]
    if "only" in options:
        keep = [kept and bool(re.search(options["only"], line)) for kept, line in zip(keep, lines, strict=True)]
    if "drop" in options:
        keep = [kept and not re.search(options["drop"], line) for kept, line in zip(keep, lines, strict=True)]
    return "\n".join(_shown(lines, keep, options.get("cut")))


def _between(lines: Sequence[str], first: str, last: str | None) -> list[bool]:
    keep, inside = [], False
    for line in lines:
        inside = inside or bool(re.search(first, line))
        keep.append(inside)
        if inside and last and re.search(last, line):
            inside, first = False, "(?!)"  # once only
    return keep


def _shown(lines: Sequence[str], keep: Sequence[bool], cut: str | None) -> list[str]:
    shown: list[str] = []
    for line, kept in zip(lines, keep, strict=True):
        if kept:
            shown.append(re.sub(cut, ELLIPSIS, line) if cut else line)
        elif line and shown[-1:] != [ELLIPSIS]:
            shown.append(ELLIPSIS)
    while shown and not shown[-1]:
        shown.pop()
    while shown and not shown[0]:
        shown.pop(0)
    return shown


def are_alike(one: str, other: str) -> bool:
    """Whether two recordings differ only in values that vary, such as times and counters."""
    return _without_varying(one) == _without_varying(other)


def _without_varying(screen: str) -> list[str]:
    return [" ".join(VARIES.sub("#", line).split()) for line in screen.splitlines()]
