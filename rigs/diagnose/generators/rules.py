"""Rules that make faults of statements: which lines they fit, what the line becomes, and what is then true."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface

from labs.engine.definition.spec import Interface, Kind, Lab
from rigs.diagnose.generators.fault import FaultKind, GeneratedFault, Truth
from rigs.diagnose.generators.sources import Source, Statement, Syntax

WRONG_AS = "64499"


@dataclass(frozen=True, slots=True)
class Found:
    """A statement that a rule fits."""

    lab: Lab
    source: Source
    statement: Statement
    match: re.Match[str]

    def __getitem__(self, name: str) -> str:
        """Return a named group of the pattern; empty if it took no part."""
        return self.match[name] or ""

    @property
    def head(self) -> str:
        """The name of the innermost block: an interface, a route map with its number, a protocol."""
        return self.statement.mode[-1] if self.statement.mode else ""

    @property
    def indent(self) -> str:
        line = self.source.lines[self.statement.at]
        return line[: len(line) - len(line.lstrip())]


type Becomes = Callable[[Found], Sequence[str] | None]  # None: the fault does not fit here


@dataclass(frozen=True, slots=True)
class Change:
    """``aspect`` is what a sentence must speak of, as a regular expression; ``truth`` what is wrong, with the pattern's groups.

    Other lines that begin with ``drops`` go too: with them the rest of the text would not be valid. In the block of an interface,
    only those that follow in this block.
    """

    kind: FaultKind
    becomes: Becomes
    truth: str
    aspect: str
    drops: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` fits the whole line, ``mode`` the innermost block around it. ``objects`` are groups, words or "head".

    ``symmetric``: the other end of the link or session has the same setting, so naming either end is right.
    """

    syntax: Syntax
    thing: str
    pattern: str
    changes: tuple[Change, ...]
    objects: tuple[str, ...] = ()
    mode: str = ""
    symmetric: bool = False


def missing(truth: str, aspect: str, drops: str = "") -> Change:
    return Change(FaultKind.MISSING, lambda _found: (), truth, aspect, drops)


def line(kind: FaultKind, template: str, truth: str, aspect: str) -> Change:
    """The line becomes another one, written with the groups of the pattern in braces."""
    return Change(kind, lambda found: (template.format_map(_Groups(found)),), truth, aspect)


def wrong(template: str, truth: str, aspect: str) -> Change:
    return line(FaultKind.WRONG_VALUE, template, truth, aspect)


class _Groups(dict[str, str]):
    def __init__(self, found: Found) -> None:
        groups = {name: value or "" for name, value in found.match.groupdict().items()}
        super().__init__(groups | {"head": found.head, "line": found.statement.text, "other": other_name(found)})


def other_name(found: Found) -> str:
    """The name of another prefix list or route map of this node; a name that does not exist if there is no other."""
    own = found.match.groupdict().get("name") or ""
    known = re.findall(r"(?:route-map|prefix-list) (\S+)", "\n".join(found.source.lines))
    return next((name for name in known if name != own), f"{own}-X")


def faults_of(lab: Lab, source: Source, rules: Sequence[Rule]) -> Iterator[GeneratedFault]:
    """Yield all faults that these rules make of one text."""
    for statement in source.statements():
        for rule in rules:
            if rule.syntax is not statement.syntax:
                continue
            match = re.fullmatch(rule.pattern, statement.text)
            inner = statement.mode[-1] if statement.mode else ""
            if match and (not rule.mode or re.match(rule.mode, inner)):
                yield from _faults(rule, Found(lab, source, statement, match))


def _faults(rule: Rule, found: Found) -> Iterator[GeneratedFault]:
    for number, change in enumerate(rule.changes):
        lines = change.becomes(found)
        if lines is None or tuple(lines) == (found.statement.text,):
            continue
        made = tuple(found.indent + one for one in lines)
        node = found.source.node
        kind = change.kind
        if kind is FaultKind.WRONG_VALUE and rule.symmetric and not found.lab.nodes[node].learner:
            kind = FaultKind.OTHER_END
        truth = _truth(rule, change, found)
        head = f"{found.head} " if found.head else ""
        place = f"{node}: {head}{found.statement.text} #{number}"
        yield GeneratedFault(found.lab.id, rule.thing, kind, place, _changer(found, made, change.drops), (truth,))


def _changer(found: Found, lines: tuple[str, ...], drops: str) -> Callable[[Lab], Lab]:
    source, at, start = found.source, found.statement.at, drops.format_map(_Groups(found))
    if not drops:
        return lambda lab: source.replaced(at, lines, lab)
    first, last = (at, _end_of_block(source, at)) if found.head.startswith("interface ") else (0, len(source.lines))
    kept = [
        one
        for number, one in enumerate(source.lines)
        if number != at and not (first <= number < last and one.strip().startswith(start))
    ]
    before = sum(not source.lines[number].strip().startswith(start) for number in range(first, at)) + first
    return lambda lab: source.put(lab, (*kept[:before], *lines, *kept[before:]))


def _end_of_block(source: Source, at: int) -> int:
    """The position of the line that ends the block in which this line stands."""
    ends = (number for number, one in enumerate(source.lines) if number > at and one.strip() in ("exit", "end", "!"))
    return next(ends, len(source.lines))


def _truth(rule: Rule, change: Change, found: Found) -> Truth:
    groups = found.match.groupdict()
    words = [groups.get(name, found.head if name == "head" else name) for name in rule.objects]
    objects = [part for word in words if word for part in _names(word)]
    node = found.source.node
    nodes = (node, *(others(found, objects) if rule.symmetric else ()))
    return Truth(
        f"{node}: {change.truth.format_map(_Groups(found))}", nodes, tuple(dict.fromkeys(objects)), change.aspect
    )


def _names(word: str) -> Iterator[str]:
    """Yield the word, the name in the head of a block, and an address without its prefix length."""
    parts = word.split()
    yield word
    if word == "default":
        yield from ("::/0", "0.0.0.0/0")
    if parts[0] in ("interface", "route-map", "protocol", "router", "area") and len(parts) > 1:
        yield (parts[2] if parts[0] == "protocol" and len(parts) > 2 else parts[1]).strip('",')
    if "/" in word:
        try:
            address = ip_interface(word).ip
        except ValueError:
            return
        if not address.is_unspecified:
            yield str(address)


def others(found: Found, objects: Sequence[str]) -> Iterator[str]:
    """Yield the nodes at the other end: the owner of an address, or the nodes on the link of an interface."""
    owners = owners_of(found.lab)
    for one in objects:
        if one in owners:
            yield owners[one]
        for end in found.lab.interfaces(found.source.node):
            if end.name == one:
                yield from (other.node for other in neighbours(found.lab, end))


def owners_of(lab: Lab) -> dict[str, str]:
    """Return the node that has each address of the lab's links and loopbacks."""
    held = [(end.node, text) for link in lab.links for end in link.ends for text in end.addresses]
    held += [(node.name, text) for node in lab.nodes.values() for text in node.loopback]
    return {str(ip_interface(text).ip): name for name, text in held}


def neighbours(lab: Lab, end: Interface) -> list[Interface]:
    """Return the other ends on the segment, through a switch too."""
    found = [other for link in lab.links if end in link.ends for other in link.ends if other != end]
    behind = [other for other in found if lab.nodes[other.node].kind is Kind.SWITCH]
    for switch in behind:
        ports = [port for port in lab.interfaces(switch.node) if port != switch]
        found += [
            other for link in lab.links for port in ports if port in link.ends for other in link.ends if other != port
        ]
    return [other for other in found if lab.nodes[other.node].kind is not Kind.SWITCH and other != end]


def next_address(text: str) -> str | None:
    """Return an address of the same subnet that nobody has: by convention none of our labs uses ::dead or .222."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if address.version == 4:
        return text.rpartition(".")[0] + ".222"
    return str(ip_address((int(address) >> 16 << 16) | 0xDEAD))
