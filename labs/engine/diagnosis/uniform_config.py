"""Writes configurations of BIRD in one way: each protocol has a name.

BIRD names a protocol without a name by its kind and a number, in the order of the file. Nothing in a configuration of FRR changes:
no block there begins with this word.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from labs.engine.adapters.config_blocks import Config, Line
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import once, step
from labs.engine.state.facts import BETWEEN, Facts, Section

VARIANTS = ("v2", "v3", "ng")  # words between the kind of a protocol and its name


def rewritten(seen: Seen) -> Seen:
    """The node with its configuration written in this way."""
    return replace(seen, config=_of(seen.config))


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
            yield Line(line.text, (head, *line.heads[1:]))
        else:
            head = _with_name(line.text, used, names)
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


def is_unnamed(head: str) -> bool:
    words = f"{head} ".partition(" from ")[0].split()
    return words[:1] == ["protocol"] and len(words) > 1 and all(word in VARIANTS for word in words[2:])


def of_state(facts: Facts) -> Facts:
    """The facts of a node in a state, with its configuration written in this way.

    A state holds the lines of two blocks with the same head as if they were one. So these keep their head: ``is_mixed``.
    """
    config = facts.get(Section.CONFIG)
    if config is None or is_mixed(facts):
        return facts
    used: Counter[str] = Counter()
    names: set[str] = set()
    heads = {line: _with_name(line, used, names) for line in config.get("", "").split("\n")}
    found = {BETWEEN.join(_renamed(block.split(BETWEEN), heads)): text for block, text in config.items()}
    if "" in config:
        found[""] = "\n".join(heads[line] for line in config[""].split("\n"))
    return {**facts, Section.CONFIG: found}


def is_mixed(facts: Facts) -> bool:
    """Whether several protocols without a name have the same head."""
    lines = [line for line in facts.get(Section.CONFIG, {}).get("", "").split("\n") if is_unnamed(line)]
    step(len(lines))
    return len(set(lines)) < len(lines)


def _renamed(block: list[str], heads: dict[str, str]) -> list[str]:
    return [heads.get(block[0], block[0]), *block[1:]]
