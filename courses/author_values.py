"""The values of a learner's own lab that replace its author's in what the author's lab printed.

Prefixes, AS numbers and router IDs are known by their form. A choice can be anything, so it is replaced only where it cannot be
taken for something else: its addresses; its names, if the lab never writes them by hand; a port after a colon. An author marks in
the block of an output what else is replaced there (``courses.output_block``).
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from courses import printed_numbers
from courses.printed_numbers import Network
from labs.engine.authoring.filling import PLACEHOLDER, Filling, Unfilled
from labs.engine.definition.parameters import Chosen
from labs.engine.definition.spec import Lab
from labs.registry import versions

FIRST_ASN = 64496  # the first AS number for documentation (RFC 5398). A smaller number in an output may mean anything
FIRST_PORT = 1024  # a smaller one is that of a known service, or a count
NAME = re.compile(r"(?=\S*[A-Za-z]{4}|\S{8})(?![0-9A-Fa-f.:/]+$)\S+")  # no digits of an address, and not too short
PARAMETERS = re.compile(r"^parameters:.*?(?=^[a-z])", re.M | re.S)
GROUPS = re.compile(r"[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6}")  # the beginning of an IPv6 address

type Pair = tuple[str, str]  # what the author's lab has, and what the learner's has


@dataclass(frozen=True, slots=True)
class OwnValues:
    """The values that replace the author's in an output. ``others``: those that can stay although the learner has others."""

    networks: Sequence[tuple[Network, Network]] = ()  # the longest prefix first
    addresses: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)  # AS numbers and router IDs
    ports: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = ()
    is_another_network: bool = False  # the lab of this learner differs in more than its values

    def put_into(self, printed: str) -> str:
        text = printed_numbers.with_hexadecimal(printed_numbers.with_words(printed, self.words), self.networks)
        return printed_numbers.replaced(text, self._own)

    def leave_some_in(self, shown: str) -> bool:
        """Whether an output with these values still has some of the author's, in place of which this learner has others."""
        return self.is_another_network or any(_stands_in(shown, value) for value in self.others)

    def _own(self, token: str) -> str:
        if token in self.numbers:
            return self.numbers[token]
        if token.startswith(":") and token[1:] in self.ports:
            return f":{self.ports[token[1:]]}"
        if token.startswith("AS"):
            return f"AS{self.numbers.get(token[2:], token[2:])}"
        if token.endswith(".arpa"):
            return printed_numbers.reverse_moved(token, self.networks)
        address, slash, length = token.partition("/")
        if address in self.addresses:
            return f"{self.addresses[address]}{slash}{length}"
        for old, new in self.networks:
            if (there := printed_numbers.moved(token, old, new)) is not None:
                return there
        if printed_numbers.is_community(token):
            return ":".join(self.numbers.get(part, part) for part in token.split(":"))
        return token


def own_values(lab: Lab, marked: Sequence[str] = ()) -> OwnValues:
    """Return the values of a learner's lab. MARKED: as between << and >>; their values are replaced wherever they stand whole."""
    return _own_values(lab.id, lab.version, lab.seed, tuple(marked))


@lru_cache(maxsize=512)
def _own_values(lab: str, _version: str, seed: int, marked: Sequence[str]) -> OwnValues:
    return _Comparison(versions.newest(lab), versions.newest(lab, seed)).values(marked)


class _Comparison:
    """Compares the author's lab with that of a learner, parameter by parameter."""

    def __init__(self, author: Lab, own: Lab) -> None:
        self.author, self.own = author, own
        self.old, self.new = Filling(author.parameters), Filling(own.parameters)
        self.networks: dict[Network, Network] = {}
        self.addresses: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.ports: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.others: set[str] = set()
        self.is_another_network = False

    def values(self, marked: Sequence[str]) -> OwnValues:
        for name, old in self.author.parameters.items():
            new = self.own.parameters[name]
            if isinstance(old, Chosen):
                self._choice(name, old)
            elif isinstance(old, ipaddress.IPv4Network | ipaddress.IPv6Network):
                self.networks[old] = new
            elif not isinstance(old, int) or old >= FIRST_ASN:
                self.numbers[str(old)] = str(new)
            elif old != new:
                self.others.add(str(old))
        for what in marked:
            with suppress(Unfilled):  # check_content reports it
                self.words[self.old.value(what)] = self.new.value(what)
        longest = sorted(self.networks.items(), key=lambda pair: -pair[0].prefixlen)
        others = self.others - self.words.keys()
        return OwnValues(longest, self.addresses, self.numbers, self.ports, self.words, others, self.is_another_network)

    def _choice(self, name: str, chosen: Chosen) -> None:
        written = [name, *(f"{name}.{field}" for field in chosen.fields)]
        pairs = {what: (self.old.value(what), self.new.value(what)) for what in written}
        differ = {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}
        # A name that the lab writes by hand too is in each copy of it: the choice says which one has a role
        names = [old for old, _new in differ.values() if NAME.fullmatch(old)]
        if (names and printed_numbers.whole(names).search(self.by_hand)) or any(
            map(_has_another_length, differ.values())
        ):
            self.is_another_network = True
            return
        for what, pair in differ.items():
            self.networks.update(self._beginning_with(what))
            if not any(other[0] == pair[0] and other != pair for other in differ.values()):
                self._value(*pair)

    def _value(self, old: str, new: str) -> None:
        if (networks := _networks((old, new))) is not None:
            self.networks[networks[0]] = networks[1]
        elif _is_address(old) and _is_address(new):
            self.addresses[old] = new
        elif old.isdigit() and int(old) >= FIRST_ASN:
            self.numbers[old] = new
        elif NAME.fullmatch(old):
            self.words[old] = new
        else:
            self.others |= {old} if len(old) > 1 else set()
            if old.isdigit() and int(old) >= FIRST_PORT and not printed_numbers.whole([old]).search(self.by_hand):
                self.ports[old] = new

    def _beginning_with(self, what: str) -> Iterator[tuple[Network, Network]]:
        """Yield the networks whose first groups the lab writes with this placeholder, as 2001:db8:<<isp.net>>:1::53."""
        for begin in set(re.findall(rf"(?<![\w:.>])(?:[0-9a-f]{{1,4}}:)*<<{re.escape(what)}>>(?=:)", self.sources)):
            old, new = self.old.fill(begin)[0], self.new.fill(begin)[0]
            if GROUPS.fullmatch(old) and GROUPS.fullmatch(new) and old.count(":") == new.count(":"):
                length = 16 * (old.count(":") + 1)
                yield ipaddress.ip_network(f"{old}::/{length}"), ipaddress.ip_network(f"{new}::/{length}")

    @property
    def sources(self) -> str:
        return _sources(self.author.folder, self.author.version)

    @property
    def by_hand(self) -> str:
        """The lab's files without what stands there for a value."""
        return PLACEHOLDER.sub(" ", self.sources)


@lru_cache(maxsize=128)
def _sources(folder: Path, _version: str) -> str:
    """Return the text of all files of a lab, without its parameters."""
    texts = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            text = file.read_bytes().decode(errors="ignore")
            texts.append(PARAMETERS.sub("", text) if file == folder / "lab.yaml" else text)
    return "\n".join(texts)


def _stands_in(text: str, value: str) -> bool:
    return re.search(rf"(?<![\w.:-]){re.escape(value)}(?![\w-]|[.:]\w)", text) is not None


def _networks(pair: Pair) -> tuple[Network, Network] | None:
    try:
        old, new = (ipaddress.ip_network(text) if "/" in text else None for text in pair)
    except ValueError:
        return None
    return (old, new) if old and new else None


def _has_another_length(pair: Pair) -> bool:
    found = _networks(pair)
    return found is not None and found[0].prefixlen != found[1].prefixlen


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
