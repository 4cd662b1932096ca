"""The address family of a check: it follows from the prefix or the address that the author wrote, unless they name it."""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.typed_yaml.shapes import Choice, Field

FAMILIES = ("ipv6", "ipv4")
_SHAPE = Choice(FAMILIES)
FAMILY = Field(_SHAPE, "the address family; ipv6 if left out.")


def family_of(*values: object) -> str:
    """The family of the first value that has one (an address or a prefix); ipv6 if none has."""
    return next((f"ipv{version}" for value in values if (version := getattr(value, "version", None))), FAMILIES[0])


def family_like(name: str) -> Field:
    """The field of a type whose family is that of another field."""
    return Field(_SHAPE, f"the address family; that of the {name} if left out.")


def contradictions(family: str | None, named: Mapping[str, Any]) -> Iterable[str]:
    """Yields a message for each field whose prefix can never be in a table of this family."""
    for name, value in named.items():
        if family and value is not None and family_of(value) != family:
            yield f"{name} {value} is never in the table of {family}. Remove family, or write a prefix of {family}."
