"""The grammar of comparisons: how an author writes the value or the set of values that a check expects.

A single value: ``5`` (equal), ``"<10"``, ``">=2"``, ``"3..7"``, ``"100 ~10%"``, ``{in: [a, b]}``, ``{ne: x}``, ``{regex: "…"}``.
A set of values: ``[a, b]`` or ``{subset: [a, b]}`` (these at least), ``{superset: [a, b]}`` (these at most), ``{exact: [a, b]}``
(these and no others), ``{none: [a, b]}``, ``{count: ">2"}``, ``{any: …}`` and ``{all: …}`` (one of the values, or each of them).
"""

import ipaddress
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.checks import patterns
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import MISSING, Path, Problems, Shape, nearest

RELATION = re.compile(r"\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*")
ABOUT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*~\s*(\d+(?:\.\d+)?)\s*%\s*")
RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*")

SETS: Mapping[str, str] = {
    "subset": "%(values)s",
    "exact": _("exactly %(values)s"),
    "none": _("without %(values)s"),
    "superset": _("only %(values)s"),
}

type Reader = Callable[[object], Any]  # from a raw value to one that can be compared, or None

READERS: Mapping[str, tuple[Reader, str]] = {
    "number": (untrusted.number, "a number"),
    "text": (untrusted.word, "a text"),
    "address": (untrusted.address, "an address such as 2001:db8::1"),
    "prefix": (untrusted.network, "a prefix such as 2001:db8::/48"),
    "area": (untrusted.area, "an area such as 0 or 0.0.0.0"),
    "ext_community": (untrusted.extended_community, "an extended community such as rt:65000:1 or soo:65000:1"),
    "community": (untrusted.community, "a community such as 65000:1 or 65000:1:2"),
}


class Want(ABC):
    """The expectation of one value, or of a set of values."""

    @abstractmethod
    def accepts(self, seen: Any) -> bool: ...

    @abstractmethod
    def as_text(self) -> Text:
        """The expectation, to be used as a parameter of a sentence."""

    def __str__(self) -> str:
        return str(self.as_text())


@dataclass(frozen=True, slots=True)
class Equal(Want):
    value: Any
    read: Reader
    negate: bool = False

    def accepts(self, seen: Any) -> bool:
        read = self.read(seen)
        return read is not None and (read == self.value) is not self.negate

    def as_text(self) -> Text:
        return Text.plain(f"≠ {plain(self.value)}" if self.negate else plain(self.value))


@dataclass(frozen=True, slots=True)
class OneOf(Want):
    values: tuple[Any, ...]
    read: Reader

    def accepts(self, seen: Any) -> bool:
        return self.read(seen) in self.values

    def as_text(self) -> Text:
        return Text.plain(" | ".join(plain(value) for value in self.values))


@dataclass(frozen=True, slots=True)
class Between(Want):
    """From least to most; a relation such as "<10" leaves one side open."""

    least: float
    most: float
    written: str
    without_ends: bool = False

    def accepts(self, seen: Any) -> bool:
        value = untrusted.number(seen)
        if value is None:
            return False
        return self.least < value < self.most if self.without_ends else self.least <= value <= self.most

    def as_text(self) -> Text:
        return Text.plain(self.written)


@dataclass(frozen=True, slots=True)
class Regex(Want):
    pattern: str

    def accepts(self, seen: Any) -> bool:
        return seen is not None and patterns.matches(self.pattern, _written(seen))

    def as_text(self) -> Text:
        return patterns.as_text(self.pattern)


@dataclass(frozen=True, slots=True)
class SetOf(Want):
    """``how`` is subset (these at least), superset (these at most), exact or none."""

    how: str
    values: tuple[Any, ...]
    read: Reader

    def accepts(self, seen: Any) -> bool:
        there = self.seen(seen)
        wanted = set(self.values)
        match self.how:
            case "exact":
                return there == wanted
            case "none":
                return not there & wanted
            case "superset":
                return bool(there) and there <= wanted  # an empty set proves nothing
        return wanted <= there

    def seen(self, seen: Any) -> set[Any]:
        found = seen if isinstance(seen, Collection) and not isinstance(seen, str | bytes | Mapping) else ()
        return {read for item in found if (read := self.read(item)) is not None}

    def as_text(self) -> Text:
        if not self.values:
            return Text(_("none"))
        return Text(SETS[self.how], values=", ".join(plain(value) for value in self.values))


@dataclass(frozen=True, slots=True)
class EachOf(Want):
    """``how`` is any or all: one value of the set must match, or each of them. An empty set never matches."""

    how: str
    want: Want

    def accepts(self, seen: Any) -> bool:
        values = list(seen) if isinstance(seen, Collection) and not isinstance(seen, str | bytes | Mapping) else []
        fit = [self.want.accepts(value) for value in values]
        return bool(fit) and (any(fit) if self.how == "any" else all(fit))

    def as_text(self) -> Text:
        return Text(_("one of them: %(want)s") if self.how == "any" else _("each of them: %(want)s"), want=self.want)


@dataclass(frozen=True, slots=True)
class Count(Want):
    want: Want

    def accepts(self, seen: Any) -> bool:
        return isinstance(seen, Collection) and self.want.accepts(len(seen))

    def as_text(self) -> Text:
        return Text(_("number: %(want)s"), want=self.want)


def is_without(want: object) -> bool:
    """Whether it is true where none of some values is there."""
    return isinstance(want, SetOf) and want.how == "none"


def _written(value: object) -> str:
    """A value as its text, for a regular expression: an address as RFC 5952 writes it, a number without “.0”."""
    if isinstance(value, str):
        return value
    known = isinstance(
        value, ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network
    )
    return str(value) if known else untrusted.text(value)


def plain(value: object) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, tuple):
        return ":".join(str(part) for part in value)
    return "true" if value is True else "false" if value is False else str(value)


@dataclass(frozen=True, slots=True)
class Compare(Shape):
    """A field that takes a comparison of one value."""

    kind: str = "number"

    def schema(self) -> dict[str, Any]:
        simple = [{"type": ["string", "number", "boolean"]}]
        form = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
        keys: dict[str, Any] = {
            "eq": {"description": "equal; a value alone means the same."},
            "ne": {"description": "anything but this."},
            "in": {"type": "array", "description": "one of these."},
            "regex": {
                "type": "string",
                "description": "a regular expression that matches its text; ^ and $ are the ends of the text.",
            },
        }
        return {"anyOf": [*simple, form | {"properties": keys}]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        reader, wanted = READERS[self.kind]
        if isinstance(value, Mapping):
            return self._form(value, path, problems)
        if isinstance(value, str) and (found := relation(value)):
            return found
        read = reader(value)
        if read is None:
            return self.wrong(value, path, problems, f'{wanted}, or a comparison such as "<10" or {{in: […]}}')
        return Equal(read, reader)

    def _form(self, value: Mapping[str, Any], path: Path, problems: Problems) -> Any:
        reader, wanted = READERS[self.kind]
        if len(value) != 1:
            return problems.add(path, f"{path[-1]} takes one comparison, not {len(value)}.")
        [(how, operand)] = value.items()
        match how:
            case "eq" | "ne" if (read := reader(operand)) is not None:
                return Equal(read, reader, negate=how == "ne")
            case "in" if isinstance(operand, list):
                values = tuple(reader(item) for item in operand)
                if values and None not in values:
                    return OneOf(values, reader)
            case "regex" if isinstance(operand, str) and patterns.compiles(operand):
                return Regex(operand)
            case "eq" | "ne" | "in" | "regex":
                pass
            case _:
                known = ["eq", "ne", "in", "regex"]
                return problems.add((*path, how), f'"{how}" compares nothing: {nearest(how, known)}')
        return self.wrong(
            operand,
            (*path, how),
            problems,
            {"in": f"a list, each {wanted}", "regex": "a regular expression"}.get(how, wanted),
        )


@dataclass(frozen=True, slots=True)
class CompareSet(Shape):
    """A field that takes a comparison of a set of values."""

    kind: str = "text"

    def schema(self) -> dict[str, Any]:
        values = {"type": "array", "minItems": 1}
        keys: dict[str, Any] = {
            "subset": values | {"description": "at least these; a list alone means the same."},
            "exact": {"type": "array", "description": "exactly these."},
            "none": values | {"description": "none of these."},
            "superset": values | {"description": "at most these."},
            "count": Compare().schema() | {"description": "the number of values."},
            "any": Compare(self.kind).schema() | {"description": "at least one value matches."},
            "all": Compare(self.kind).schema() | {"description": "every value matches."},
        }
        form = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": keys,
        }
        return {"anyOf": [values, form]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if isinstance(value, Mapping) and len(value) == 1:
            [(how, operand)] = value.items()
            if how == "count":
                want = Compare().read(operand, (*path, how), problems)
                return Count(want) if isinstance(want, Want) else want
            if how in ("any", "all"):
                want = Compare(self.kind).read(operand, (*path, how), problems)
                return EachOf(how, want) if isinstance(want, Want) else want
            if how not in ("subset", "superset", "exact", "none"):
                known = ["subset", "superset", "exact", "none", "count", "any", "all"]
                return problems.add((*path, how), f'"{how}" compares no sets: {nearest(how, known)}')
            return self._values(how, operand, (*path, how), problems)
        return self._values("subset", value, path, problems)

    def _values(self, how: str, value: object, path: Path, problems: Problems) -> Any:
        reader, wanted = READERS[self.kind]
        values = tuple(reader(item) for item in value) if isinstance(value, list) else ()
        if not isinstance(value, list) or None in values or not (values or how == "exact"):
            return self.wrong(value, path, problems, f"a list, each {wanted}")
        return SetOf(how, values, reader)


HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
MOST_HEADERS = 20


@dataclass(frozen=True, slots=True)
class CompareMap(Shape):
    """A field that takes a comparison for each of some names; the names are read in lower case."""

    kind: str = "text"

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "minProperties": 1, "additionalProperties": Compare(self.kind).schema()}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if not isinstance(value, Mapping) or not 0 < len(value) <= MOST_HEADERS:
            return self.wrong(value, path, problems, "a mapping of names to values")
        if odd := [name for name in value if not (isinstance(name, str) and HEADER.fullmatch(name))]:
            return problems.add(path, f'"{odd[0]}" is not the name of a header. Write letters, digits and hyphens.')
        found = {name.lower(): Compare(self.kind).read(item, (*path, name), problems) for name, item in value.items()}
        return found if all(isinstance(want, Want) for want in found.values()) else MISSING


def relation(words: str) -> Between | None:
    if found := RELATION.fullmatch(words):
        sign, bound = found[1], float(found[2])
        least, most = (bound, float("inf")) if ">" in sign else (float("-inf"), bound)
        return Between(least, most, f"{sign} {found[2]}", without_ends="=" not in sign)
    if found := ABOUT.fullmatch(words):
        middle, part = float(found[1]), float(found[2]) / 100
        low, high = sorted((middle * (1 - part), middle * (1 + part)))
        return Between(low, high, f"{found[1]} ±{found[2]} %")
    if found := RANGE.fullmatch(words):
        return Between(float(found[1]), float(found[2]), f"{found[1]}..{found[2]}")
    return None
