"""Writes configurations of BIRD in one way: each protocol has a name, and addresses are written as in RFC 5952.

BIRD names a protocol without a name by its kind and a number, in the order of the file. A configuration of FRR stays
as it is: FRR itself prints all in one way.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from labs.engine.adapters import untrusted
from labs.engine.adapters.config_blocks import Config, Line
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import once, step
from labs.engine.state.facts import BETWEEN, Facts, Section

QUOTED_OR_ADDRESS = re.compile(r'"[^"]*"|(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*[0-9A-Fa-f:]')
PROTOCOL = "protocol "  # no block of FRR begins with this word
VARIANTS = ("v2", "v3", "ng")  # words between the kind of a protocol and its name


def rewritten(seen: Seen) -> Seen:
    """The node with its configuration written in this way."""
    return replace(seen, config=_of(seen.config)) if seen.config.heads(PROTOCOL) else seen


@once
def _of(config: Config) -> Config:
    return Config(_lines(config.lines))


def _lines(lines: Iterable[Line]) -> Iterator[Line]:
    used: Counter[str] = Counter()
    names: set[str] = set()
    head = ""
    for line in lines:
        step()
        if line.heads:
            yield Line(_spelled(line.text), (head, *map(_spelled, line.heads[1:])))
        else:
            head = _with_name(_spelled(line.text), used, names)
            yield Line(head)


def _with_name(head: str, used: Counter[str], names: set[str]) -> str:
    """The head of a block. ``used``: by kind, the last number that BIRD has given; ``names``: of the protocols before."""
    start, space, template = head.partition(" from ")
    words = start.split()
    if words[:1] != ["protocol"] or len(words) < 2:
        return head
    if not is_unnamed(head):
        names.add(words[-1])
        return head
    kind = words[1]
    used[kind] += 1
    while f"{kind}{used[kind]}" in names:
        used[kind] += 1
    return f"{start} {kind}{used[kind]}{space}{template}"


def _spelled(text: str) -> str:
    """The statement with its IPv6 addresses in one spelling; a text in quotes stays as it is."""
    return QUOTED_OR_ADDRESS.sub(_in_one_spelling, text) if ":" in text else text


def _in_one_spelling(found: re.Match[str]) -> str:
    return str(untrusted.address(found[0]) or found[0])


def is_unnamed(head: str) -> bool:
    words = f"{head} ".partition(" from ")[0].split()
    return words[:1] == ["protocol"] and len(words) > 1 and all(word in VARIANTS for word in words[2:])


def of_state(facts: Facts) -> Facts:
    """The facts of a node in a state, with its configuration written in this way.

    A state holds the lines of two blocks with the same head as if they were one. So these keep their head: ``is_mixed``.
    """
    config = facts.get(Section.CONFIG, {})
    tops = config.get("", "").split("\n")
    if not any(line.startswith(PROTOCOL) for line in tops):
        return facts
    used: Counter[str] = Counter()
    names: set[str] = set()
    heads = {line: line if is_mixed(facts) else _with_name(_spelled(line), used, names) for line in tops}
    found = {
        _renamed(block, heads): "\n".join(map(_spelled, text.split("\n"))) for block, text in config.items() if block
    }
    step(sum(len(text) for text in found.values()) // 40)
    return {**facts, Section.CONFIG: {"": "\n".join(heads[line] for line in tops), **found}}


def is_mixed(facts: Facts) -> bool:
    """Whether several protocols without a name have the same head."""
    lines = [line for line in facts.get(Section.CONFIG, {}).get("", "").split("\n") if is_unnamed(line)]
    step(len(lines))
    return len(set(lines)) < len(lines)


def _renamed(block: str, heads: dict[str, str]) -> str:
    head, *inner = block.split(BETWEEN)
    return BETWEEN.join((heads.get(head, head), *map(_spelled, inner)))
