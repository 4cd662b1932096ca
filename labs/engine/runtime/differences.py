"""Compares the nodes with their start, line by line, for the page that shows a learner what they changed."""

import difflib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.runtime.changes import LONGEST, NodeState, safe_text, text_of
from labs.engine.runtime.written_by_frr import COPY, FRR_CONF, in_one_order

MOST_LINES = 600  # of one difference
LONGEST_LINE = 399  # characters that are shown of a line
MOST_WORK = 20_000_000  # pairs of lines that are compared, for all differences of a page together
ADDRESS = "ip address add "
CONTEXT = 2  # unchanged lines that are shown around a change


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. ``what`` is changed, new, removed or binary; a line is (sign, text)."""

    node: str
    name: str  # a path; empty for the running configuration and the network
    what: str
    lines: list[tuple[str, str]]
    cut: bool = False  # whether lines were left out
    is_network: bool = False  # addresses, routes and settings, as labs.engine.runtime.network_lines writes them

    @property
    def added(self) -> int:
        return sum(sign == "+" for sign, _ in self.lines)

    @property
    def removed(self) -> int:
        return sum(sign == "-" for sign, _ in self.lines)


def differences(start: Mapping[str, Any], now: Mapping[str, NodeState]) -> list[Difference]:
    """Return what changed since the start, node by node: running configuration, network, then the files by name."""
    found: list[Difference] = []
    work = _Work()
    for node, state in now.items():
        before = start.get(node) or {"running": None, "files": {}}
        if before["running"] is not None and state.running is not None:
            lines, cut = work.lines(before["running"], safe_text(state.running)[:LONGEST])
            if lines:
                found.append(Difference(node, "", "changed", lines, cut))
        if (network := before.get("network")) is not None and state.network is not None:
            lines = [*_not_in(state.network, network, before["running"], "-")]
            lines += _not_in(network, state.network, state.running, "+")
            if lines:
                cut = len(lines) > MOST_LINES
                found.append(Difference(node, "", "changed", lines[:MOST_LINES], cut, is_network=True))
        found += _files(node, before["files"], state, work)
    return found


def _not_in(there: str, here: str, running: str | None, sign: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a network that only one of two moments has. Those that a running configuration brought are shown there."""
    known, config = set(safe_text(there).splitlines()), set((running or "").split())
    for line in safe_text(here)[:LONGEST].splitlines():
        is_configured = line.startswith(ADDRESS) and line.removeprefix(ADDRESS).partition(" ")[0] in config
        if line not in known and not is_configured:
            yield sign, line[:LONGEST_LINE]


def _files(node: str, begun: Mapping[str, str | None], state: NodeState, work: "_Work") -> Iterator[Difference]:
    for path, file in sorted(state.files.items()):
        name = safe_text(path)
        if COPY.fullmatch(name):
            continue
        before, after = begun.get(name, text_of(file.was)), text_of(file.content)
        what = "changed" if name in begun or file.was is not None else "new"
        if after is None:
            if name not in begun or begun[name] is not None:
                yield Difference(node, name, "binary", [])
            continue
        lines, cut = work.lines(*(in_one_order(before or "", after) if name == FRR_CONF else (before or "", after)))
        if lines or what == "new":
            yield Difference(node, name, what, lines, cut)
    now = {safe_text(path) for path in state.files}
    gone = {name for name in begun if name not in now} if state.complete else set()
    for name in sorted(gone | {safe_text(path) for path in state.removed}):
        lines, cut = work.lines(begun.get(name) or "", "")
        yield Difference(node, name, "removed", lines, cut)


class _Work:
    """Compares texts until MOST_WORK is used up, because a learner can write files that take very long to compare."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def lines(self, before: str, after: str) -> tuple[list[tuple[str, str]], bool]:
        """Return the lines of a unified difference without its head, and whether lines were left out."""
        if before == after:
            return [], False
        a, b = _differing(before.splitlines(), after.splitlines())
        work = _pairs(a, b)
        if work > self.left:
            lines = [*(("-", line[:LONGEST_LINE]) for line in a), *(("+", line[:LONGEST_LINE]) for line in b)]
        else:
            self.left -= work
            whole = difflib.unified_diff(a, b, lineterm="", n=CONTEXT)
            lines = [(line[:1], line[1 : LONGEST_LINE + 1]) for line in list(whole)[2:]]
            lines = [(sign, "" if sign == "@" else text) for sign, text in lines]
        return lines[:MOST_LINES], len(lines) > MOST_LINES


def _differing(a: list[str], b: list[str]) -> tuple[list[str], list[str]]:
    """Return both texts without their common beginning and end, but for CONTEXT lines of these."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    begins = max(0, sum(1 for _pair in same) - CONTEXT)
    rest = min(len(a), len(b)) - begins
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a[::-1][:rest], b[::-1][:rest], strict=True))
    ends = max(0, sum(1 for _pair in same) - CONTEXT)
    return a[begins : len(a) - ends], b[begins : len(b) - ends]


def _pairs(a: list[str], b: list[str]) -> int:
    """Return the most pairs of lines that difflib compares.

    It finds the longest common piece, then continues on both sides of it. In a text of 200 lines or more it ignores lines that
    make up more than a hundredth of it.
    """
    count = Counter(b)
    if len(b) >= 200:
        count = Counter({line: times for line, times in count.items() if times <= len(b) // 100 + 1})
    once = len(a) + sum(count[line] for line in a)
    return once * max(1, min(len(a), len(b)))
