"""The shapes of values in a YAML file. A shape reads and checks a value, and gives its JSON schema for editors."""

import ipaddress
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

type Path = tuple[str | int, ...]


class Missing:
    """The type of MISSING, which stands for a value that was wrong or absent."""


MISSING: Final = Missing()
PLACE: Final = "@place"


@dataclass(slots=True)
class Problems:
    """Collects messages about what is wrong, each with the path of its value."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, message: str) -> Missing:
        self.found.append((path, message))
        return MISSING


def shown(value: object) -> str:
    """Return a value as its author recognises it, at most 60 characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    return f'"{text[:60]}"' if isinstance(value, str) else text[:60]


def nearest(word: object, known: Sequence[str]) -> str:
    """Return a hint: the most similar of the known words, or all of them if none is similar."""
    close = get_close_matches(str(word), known, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else "use one of " + ", ".join(known) + "."


def named(path: Path) -> str:
    """Return how a message calls the value at a path: its key, or an entry of the list with that key."""
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if path and path[-1] == key:
        return key
    return f"An entry of {key}" if key else "The file"


class Shape(ABC):
    @abstractmethod
    def schema(self) -> dict[str, Any]: ...

    @abstractmethod
    def read(self, value: object, path: Path, problems: Problems) -> Any:
        """Return the clean value, or MISSING after adding a message."""

    def wrong(self, value: object, path: Path, problems: Problems, wanted: str) -> Missing:
        return problems.add(path, f"{named(path)} must be {wanted}, not {shown(value)}.")


@dataclass(frozen=True, slots=True)
class Word(Shape):
    """A text that matches a pattern; ``wanted`` describes the pattern in words."""

    wanted: str = "a text"
    pattern: str = r"(?s).*\S.*"
    longest: int = 500

    def schema(self) -> dict[str, Any]:
        pattern = r"\S" if self.pattern.startswith("(?s)") else f"^(?:{self.pattern})$"
        return {"type": "string", "pattern": pattern, "maxLength": self.longest}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if isinstance(value, str) and len(value) <= self.longest and re.fullmatch(self.pattern, value):
            return value.strip() if self.pattern.startswith("(?s)") else value
        return self.wrong(value, path, problems, self.wanted)


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    words: tuple[str, ...]

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        return problems.add(path, f"{named(path)} cannot be {shown(value)}: {nearest(value, self.words)}")


@dataclass(frozen=True, slots=True)
class Flag(Shape):
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        return value if isinstance(value, bool) else self.wrong(value, path, problems, "true or false")


@dataclass(frozen=True, slots=True)
class Number(Shape):
    least: float
    most: float
    whole: bool = True

    def schema(self) -> dict[str, Any]:
        return {"type": "integer" if self.whole else "number", "minimum": self.least, "maximum": self.most}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and self.least <= value <= self.most
        if fits and (isinstance(value, int) or not self.whole):
            return value
        kind = "a whole number" if self.whole else "a number"
        return self.wrong(value, path, problems, f"{kind} from {self.least:g} to {self.most:g}")


@dataclass(frozen=True, slots=True)
class Address(Shape):
    """An address, a prefix, or an address with its prefix length; read into ``ipaddress`` objects."""

    kind: str  # "address", "prefix" or "interface"
    version: int | None = None  # 4 or 6 where the other family would never be true

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 60}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        try:
            found = self._found(value)
        except ValueError:
            wanted = {
                "address": "an address such as 2001:db8::1",
                "prefix": "a prefix such as 2001:db8::/48, without bits after its length",
                "interface": "an address with its prefix length, such as 2001:db8::1/64",
            }[self.kind]
            return self.wrong(value, path, problems, wanted)
        if self.version in (None, found.version):
            return found
        return problems.add(
            path, f"{named(path)} must be of IPv{self.version}, and {shown(value)} is of IPv{found.version}."
        )

    def _found(self, value: object) -> Any:
        """Raises ValueError."""
        if isinstance(value, str):
            match self.kind:
                case "address":
                    return ipaddress.ip_address(value)
                case "prefix":
                    return ipaddress.ip_network("::/0" if value == "default" else value)
                case _ if "/" in value:
                    return ipaddress.ip_interface(value)
        raise ValueError


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    item: Shape
    least: int = 0
    single: bool = False  # whether one value may be written without a list

    def schema(self) -> dict[str, Any]:
        many: dict[str, Any] = {"type": "array", "items": self.item.schema(), "minItems": self.least}
        return {"anyOf": [self.item.schema(), many]} if self.single else many

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if not isinstance(value, list):
            if self.single:
                only = self.item.read(value, path, problems)
                return MISSING if only is MISSING else (only,)
            return self.wrong(value, path, problems, "a list")
        if len(value) < self.least:
            return problems.add(path, f"{named(path)} needs {self.least} or more entries.")
        read = [self.item.read(item, (*path, i), problems) for i, item in enumerate(value)]
        return tuple(item for item in read if item is not MISSING)


@dataclass(frozen=True, slots=True)
class MapOf(Shape):
    """A mapping whose keys the author chooses."""

    key: Word
    item: Shape
    least: int = 0

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.item.schema(),
            "minProperties": self.least,
        }

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if not isinstance(value, Mapping):
            return self.wrong(value, path, problems, "a mapping")
        if len(value) < self.least:
            return problems.add(path, f"{named(path)} needs {self.least} or more entries.")
        clean = {}
        for key, item in value.items():
            if not re.fullmatch(self.key.pattern, str(key)):
                problems.add((*path, key), f"{shown(str(key))} is not a valid name here. Use {self.key.wanted}.")
            read = self.item.read(item, (*path, key), problems)
            if read is not MISSING:
                clean[key] = read
        return clean


@dataclass(frozen=True, slots=True)
class Field:
    shape: Shape
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """A mapping with the keys of ``fields``. Values that were wrong are left out of what is read."""

    what: str  # such as "A node": it begins the messages
    fields: Mapping[str, Field]
    placed: bool = False  # whether the value that is read holds its path under PLACE

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, f in self.fields.items() if f.required],
            "properties": {name: f.shape.schema() | {"description": f.about} for name, f in self.fields.items()},
        }

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if not isinstance(value, Mapping):
            if not path:
                return problems.add(path, f"The file must be a mapping with {', '.join(self.fields)}.")
            return self.wrong(value, path, problems, f"a mapping with {', '.join(self.fields)}")
        for key in value:
            if key not in self.fields:
                problems.add((*path, key), f'{self.what} has no key "{key}": {nearest(key, list(self.fields))}')
        for name, f in self.fields.items():
            if f.required and name not in value:
                problems.add(path, f'{self.what} needs "{name}": {f.about}')
        read = {n: f.shape.read(value[n], (*path, n), problems) for n, f in self.fields.items() if n in value}
        place = {PLACE: path} if self.placed else {}
        return place | {name: item for name, item in read.items() if item is not MISSING}


@dataclass(frozen=True, slots=True)
class AnyMap(Shape):
    """A mapping that is not read here, such as the expect of a check, which its check type reads."""

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        return value if isinstance(value, Mapping) else self.wrong(value, path, problems, "a mapping")
