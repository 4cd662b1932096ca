"""A generated fault: what it changes in a lab, and by what a diagnosis that names it is recognised."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from labs.engine.definition.spec import Lab

ADDRESS = re.compile(r"[0-9a-f:]*:[0-9a-f:]*(/\d+)?|\d+\.\d+\.\d+\.\d+(/\d+)?")  # a colon alone too

REFERS = re.compile(r"\b(this|the) (session|neighbou?r|peer|prefix|route|link|address|interface)\b")

BOTH = re.compile(r"\b[Bb]oth routers\b")  # the two of the adjacency that the check looks at


class FaultKind(StrEnum):
    MISSING = "missing"
    DOUBLED = "doubled"
    WRONG_VALUE = "wrong value"
    WRONG_PLACE = "wrong place"
    WRONG_ORDER = "wrong order"
    OTHER_END = "other end"  # a wrong value on a node where the learner cannot type
    NOT_LOADED = "not loaded"
    EXTRA = "extra"  # something that the solution does not have


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about a fault. A sentence names it if it has one of the nodes, one of the objects and the aspect.

    Both ends of a session or link may be in ``nodes``: a setting that differs is named by either end. ``aspect`` is a regular
    expression for what is wrong with the object, such as its area or its AS number.
    """

    sentence: str
    nodes: tuple[str, ...]
    objects: tuple[str, ...]
    aspect: str

    def has_node(self, text: str) -> bool:
        return any(mentions(text, node) for node in self.nodes)

    def has_object(self, text: str) -> bool:
        """Whether the text has one of the objects, or an address inside a prefix that is one of them."""
        if any(mentions(text, one) for one in self.objects):
            return True
        prefixes = [network for one in self.objects if (network := _network(one))]
        inside = [address for one in ADDRESS.finditer(text) if (address := _address(one[0]))]
        return any(address in network for address in inside for network in prefixes)

    @property
    def strict(self) -> "Truth":
        """The truth without objects that are common words, such as “filter”: an author's sentence has them anyway."""
        return replace(self, objects=tuple(one for one in self.objects if re.search(r"[0-9:A-Z]", one)))

    def is_named_by(self, text: str, about: str = "") -> bool:
        """ABOUT is what the failed check looks at, to which words such as “this session” refer."""
        meant = f"{text} ({about})" if REFERS.search(text) else text
        return (self.has_node(text) or bool(BOTH.search(text))) and self.has_object(meant) and self.has_aspect(text)

    def has_aspect(self, text: str) -> bool:
        return bool(re.search(self.aspect, text, re.IGNORECASE))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text) if "/" in text else None
    except ValueError:
        return None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("/")[0].rstrip("."))
    except ValueError:
        return None


def mentions(text: str, word: str) -> bool:
    """Whether the text has this word, and not only as a part of a longer name, number or address."""
    if not word:
        return False
    if ADDRESS.fullmatch(word):
        before, after = r"(?<![\w:./-])", r"(?![\w-]|:[0-9a-f:]|\.\d" + ("|/)" if word.endswith("::") else ")")
    else:
        before, after = r"(?<![\w-])", r"(?![\w-])"
    return bool(re.search(before + re.escape(word) + after, text))


@dataclass(frozen=True, slots=True)
class GeneratedFault:
    """``change`` makes the lab with the fault from the lab without it. ``truths`` has one for each fault put in at once."""

    network: str
    thing: str  # the kind of object, such as "BGP neighbour"
    kind: FaultKind
    place: str  # node and object
    change: Callable[[Lab], Lab]
    truths: tuple[Truth, ...]
    parts: tuple["GeneratedFault", ...] = ()  # the faults that are put in at once, in the order of their truths

    @property
    def id(self) -> str:
        return f"{self.network}/{self.thing}/{self.kind}/{self.place}"

    @property
    def is_seen(self) -> bool:
        """Whether developers of the diagnosis may look at it. The other half only counts."""
        return digest(self.id) % 2 == 0


def digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def choose(faults: Sequence[GeneratedFault], most: int) -> list[GeneratedFault]:
    """Choose at most so many faults, in an order by hash. One of each thing and kind comes before a second one."""
    groups: dict[tuple[str, str], list[GeneratedFault]] = {}
    for fault in sorted({fault.id: fault for fault in faults}.values(), key=lambda fault: digest(fault.id)):
        groups.setdefault((fault.thing, fault.kind), []).append(fault)
    ranked = [(rank, digest(f.id), f) for group in groups.values() for rank, f in enumerate(group)]
    return [fault for _rank, _digest, fault in sorted(ranked, key=lambda one: one[:2])[:most]]


def both(first: GeneratedFault, second: GeneratedFault) -> GeneratedFault:
    """Put in two faults of one network at once."""
    return GeneratedFault(
        first.network,
        "two at once",
        first.kind,
        f"{first.thing} {first.place} + {second.thing} {second.kind} {second.place}",
        lambda lab: second.change(first.change(lab)),
        first.truths + second.truths,
        (first, second),
    )
