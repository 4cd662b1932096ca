"""The values of a lab's parameters for one learner, drawn from a seed.

The same seed gives the same values on every computer: each is made with HMAC-SHA256, keyed with the seed, over the parameter's
name. A value that conflicts with a parameter above it is drawn again. Seed 0 gives the values that the author wrote.
"""

import hmac
import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.typed_yaml.shapes import PLACE, Choice, Field, ListOf, MapOf, Number, Path, Problems, Record, Shape, Word

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Value = int | Network | ipaddress.IPv4Address | Chosen

PLAIN = 0
KINDS = ("asn", "prefix", "router_id", "number", "choice")
ASNS: Mapping[str, tuple[range, ...]] = {
    "documentation": (range(64496, 64512), range(65536, 65552)),  # RFC 5398
    "documentation-16": (range(64496, 64512),),
    "private": (range(4_200_000_000, 4_294_967_295),),  # RFC 6996
}
PREFIXES = tuple(map(ipaddress.ip_network, ("2001:db8::/32", "3fff::/20")))  # RFC 3849, RFC 9637
IPV4 = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))  # RFC 5737
LENGTHS = {6: (32, 48, 64), 4: tuple(range(24, 31))}
TRIES = 1000
ONLY_FOR = {"from": "asn", "least": "number", "most": "number", "of": "choice"}

NAME = Word("lower-case letters, digits and _, beginning with a letter", r"[a-z][a-z0-9_]{0,30}", 31)


class Scalar(Shape):
    """A text of one line or a whole number; both are read as a text."""

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = whole or (isinstance(value, str) and 0 < len(value) <= 200 and "\n" not in value)
        return str(value) if fits else self.wrong(value, path, problems, "a text of one line or a whole number")


class _Alternatives(Shape):
    """Words, or words with fields: ``[a, b]`` or ``{a: {x: 1}, b: {x: 2}}``. Both are read as the latter."""

    many = MapOf(Word("a word", r"[A-Za-z0-9._-]{1,40}", 40), MapOf(NAME, Scalar()), 2)
    plain = ListOf(many.key, 2)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.plain.schema(), self.many.schema()]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if isinstance(value, list):
            return {word: {} for word in self.plain.read(value, path, problems) or ()}
        return self.many.read(value, path, problems)


PARAMETERS = MapOf(
    NAME,
    Record(
        "A parameter",
        {
            "kind": Field(Choice(KINDS), ", ".join(KINDS) + ".", required=True),
            "value": Field(
                Scalar(),
                "the author's value; it also gives the form of the drawn values: a /48 is drawn for a /48.",
                True,
            ),
            "from": Field(Choice(tuple(ASNS)), "for asn: the range to draw from (default: the range of value)."),
            "least": Field(Number(0, 2**32 - 1), "for number: the smallest value."),
            "most": Field(Number(0, 2**32 - 1), "for number: the largest value."),
            "of": Field(_Alternatives(), "for choice: the words, each with its fields if it has any."),
        },
        placed=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The word that was drawn for a choice, and its fields."""

    word: str
    fields: Mapping[str, str]

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class _Space:
    """All values that a parameter can have, by number."""

    size: int
    at: Callable[[int], Any]
    plain: Any


def resolve(read: Mapping[str, Any], seed: int, problems: Problems) -> dict[str, Value]:
    """Return the value of each parameter without a mistake, and report the mistakes of the others."""
    values: dict[str, Value] = {}
    for name, parameter in read.items():
        space = _space(parameter, problems)
        if space is None:
            continue
        drawn = _plain_or_drawn(space, name, seed, values)
        if drawn is None:
            others = ", ".join(other for other, value in values.items() if _conflict(value, space.plain))
            why = (
                f"The value of {name} conflicts with {others}. Give each parameter a value of its own."
                if seed == PLAIN
                else ""
            )
            problems.add(
                (*parameter[PLACE], "value"), why or f"There is no value left for {name}. Make its range larger."
            )
            drawn = space.plain
        values[name] = drawn
    return values


def _plain_or_drawn(space: _Space, name: str, seed: int, taken: Mapping[str, Value]) -> Any:
    """Return a value that conflicts with none that is taken; None if there is none."""
    wanted = [space.plain] if seed == PLAIN else map(space.at, _numbers(seed, name, space.size))
    return next((value for value in wanted if not any(_conflict(value, other) for other in taken.values())), None)


def _numbers(seed: int, name: str, size: int) -> Iterator[int]:
    key = seed.to_bytes(8, "big")
    for at in range(TRIES):
        yield int.from_bytes(hmac.digest(key, f"{name}:{at}".encode(), "sha256")) % size


def _conflict(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or isinstance(one, Chosen):
        return False
    overlaps = getattr(one, "overlaps", None)
    return bool(overlaps(other) if overlaps else one == other)


class _Wrong(Exception):
    """A parameter does not fit its kind. The text says what the value must be; ``message`` replaces the whole sentence."""

    def __init__(self, wanted: str = "", *, key: str = "value", message: str = "") -> None:
        super().__init__(wanted)
        self.key, self.message = key, message


# The values of each kind


def _space(parameter: Mapping[str, Any], problems: Problems) -> _Space | None:
    place, kind = parameter[PLACE], parameter.get("kind")
    before = len(problems.found)
    for key, owner in ONLY_FOR.items():
        if kind is not None and key in parameter and kind != owner:
            problems.add(
                (*place, key),
                f"Only a parameter of kind {owner} has {key}, and this one is of kind {kind}. Remove {key}.",
            )
    if kind is None or "value" not in parameter:
        return None
    try:
        space = MAKERS[kind](parameter)
    except _Wrong as wrong:
        at = (*place, wrong.key) if wrong.key in parameter else place
        problems.add(at, wrong.message or f'value must be {wrong}, not "{parameter["value"]}".')
        return None
    return space if len(problems.found) == before else None


def _asn(parameter: Mapping[str, Any]) -> _Space:
    value = _integer(parameter["value"])
    known = parameter.get("from") or next((name for name, spans in ASNS.items() if _within(value, spans)), "")
    if not known or not _within(value, ASNS[known]):
        spans = ASNS[known] if known else (*ASNS["documentation"], *ASNS["private"])
        ranges = " or ".join(f"{span[0]} to {span[-1]}" for span in spans)
        raise _Wrong(f"an AS number from {ranges}")
    spans = ASNS[known]
    return _Space(sum(map(len, spans)), lambda number: _nth(spans, number), value)


def _number(parameter: Mapping[str, Any]) -> _Space:
    if "least" not in parameter or "most" not in parameter:
        raise _Wrong(key="most", message="A parameter of kind number needs least and most.")
    span = range(parameter["least"], parameter["most"] + 1)
    value = _integer(parameter["value"])
    if value is None or value not in span:
        raise _Wrong(f"a whole number from {span.start} to {span.stop - 1}")
    return _Space(len(span), span.__getitem__, value)


def _router_id(parameter: Mapping[str, Any]) -> _Space:
    try:
        plain = ipaddress.IPv4Address(parameter["value"])
    except ValueError:
        raise _Wrong("in the form of an IPv4 address, for example 192.0.2.1") from None
    spans = [range(int(network[1]), int(network[-1])) for network in IPV4]
    return _Space(sum(map(len, spans)), lambda number: ipaddress.IPv4Address(_nth(spans, number)), plain)


def _prefix(parameter: Mapping[str, Any]) -> _Space:
    try:
        plain: Any = ipaddress.ip_network(parameter["value"])
    except ValueError:
        raise _Wrong("a prefix such as 2001:db8:1::/48") from None
    homes = [home for home, _first in homes_of(plain)]
    if not homes or plain.prefixlen not in LENGTHS[plain.version]:
        raise _Wrong(f"a /32, /48 or /64 inside {_names(PREFIXES)}, or a /24 to /30 inside {_names(IPV4)}")
    # The first subnet, such as ::/48, is hard to read
    each = 2 ** (plain.prefixlen - homes[0].prefixlen) - (plain.version == 6)
    size = 2 ** (plain.max_prefixlen - plain.prefixlen)

    def at(number: int) -> Any:
        home, subnet = homes[number // each], number % each + (plain.version == 6)
        return type(plain)((int(home.network_address) + subnet * size, plain.prefixlen))

    return _Space(each * len(homes), at, plain)


def homes_of(plain: Any) -> list[tuple[Any, Any]]:
    """Return the prefixes from which one like PLAIN is drawn, each with the part that is never drawn: the first IPv6 prefix."""
    if plain.version == 4:
        return [(home, None) for home in IPV4] if any(plain.subnet_of(home) for home in IPV4) else []
    homes = [home for home in PREFIXES if plain.subnet_of(home) and plain != home]
    return [(home, next(home.subnets(new_prefix=plain.prefixlen))) for home in homes]


def _choice(parameter: Mapping[str, Any]) -> _Space:
    of: Mapping[str, Mapping[str, str]] = parameter.get("of", {})
    if not of:
        raise _Wrong(key="of", message="A parameter of kind choice needs of: the words to choose from.")
    if parameter["value"] not in of:
        raise _Wrong(f"one of {', '.join(of)}")
    first, *others = of
    for word in others:
        if of[word].keys() != of[first].keys():
            raise _Wrong(key="of", message=f"{word} must have the same keys as {first}: {', '.join(of[first])}.")
    words = [Chosen(word, fields) for word, fields in of.items()]
    return _Space(len(words), words.__getitem__, next(chosen for chosen in words if chosen.word == parameter["value"]))


MAKERS: Mapping[str, Callable[[Mapping[str, Any]], _Space]] = {
    "asn": _asn,
    "prefix": _prefix,
    "router_id": _router_id,
    "number": _number,
    "choice": _choice,
}


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _names(networks: Sequence[Network]) -> str:
    return " or ".join(map(str, networks))


def _within(value: int | None, spans: Sequence[range]) -> bool:
    return value is not None and any(value in span for span in spans)


def _nth(spans: Sequence[range], number: int) -> int:
    for span in spans:
        if number < len(span):
            return span[number]
        number -= len(span)
    raise IndexError(number)
