"""Reads values that come from a learner's node: they may be missing, of the wrong type or very long. Nothing here raises."""

import ipaddress
import json
import math
from collections.abc import Mapping
from typing import Any

from labs.engine.cpu_budget import once, step
from labs.engine.translatable_text import clean

type AnyAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
type AnyNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST = 20_000  # entries of one list or mapping that are read
LONGEST = 200  # characters of one word


def fields(value: object) -> Mapping[str, Any]:
    """Returns the mapping, or an empty one."""
    step()
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    step()
    return value[:MOST] if isinstance(value, list) else []


def pairs(value: object) -> list[tuple[str, Any]]:
    """Returns the entries of the mapping whose keys are strings."""
    return [(key, item) for key, item in list(fields(value).items())[:MOST] if isinstance(key, str)]


def word(value: object) -> str | None:
    """A short text. A number or a boolean becomes its text, as the value of a sysctl does."""
    step()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return clean(value.strip(), LONGEST)
    read = number(value)
    return None if read is None else str(int(read)) if read == int(read) else str(read)


def text(value: object) -> str:
    return word(value) or ""


def long_text(value: object) -> str:
    return value[: 256 * 1024] if isinstance(value, str) else ""


def number(value: object) -> float | None:
    step()
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1 << 64 or math.isnan(value):
        return None
    return float(value)


def whole(value: object) -> int | None:
    read = number(value)
    return None if read is None else int(read)


def address(value: object) -> AnyAddress | None:
    """An address, without a zone (%eth0) or a prefix length."""
    step()
    if isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return value
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.ip_address(value[:80].split("/")[0].split("%")[0].strip())
    except ValueError:
        return None


def network(value: object) -> AnyNetwork | None:
    """A prefix. A bare address becomes a host prefix, and ``default`` becomes ::/0."""
    step()
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.ip_network("::/0" if value == "default" else value[:80].strip(), strict=False)
    except ValueError:
        return None


def area(value: object) -> ipaddress.IPv4Address | None:
    """An OSPF area: 0 and 0.0.0.0 are the same."""
    if isinstance(value, ipaddress.IPv4Address):
        return value
    read = whole(value)
    try:
        return ipaddress.IPv4Address(
            value[:20] if isinstance(value, str) and "." in value else -1 if read is None else read
        )
    except ValueError:
        return None


# FRR prints the names of well-known communities (RFC 1997, 3765, 7999, 8326), BIRD their numbers.
WELL_KNOWN: Mapping[str, tuple[int, int]] = {
    "noexport": (65535, 65281),
    "noadvertise": (65535, 65282),
    "localas": (65535, 65283),
    "nopeer": (65535, 65284),
    "blackhole": (65535, 666),
    "gracefulshutdown": (65535, 0),
}


def community(value: object) -> tuple[int, ...] | None:
    """A standard or large community, such as 65000:1, (65000,1), no-export or 65000:1:2."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        return None
    if (name := value[:60].replace("-", "").lower()) in WELL_KNOWN:
        return WELL_KNOWN[name]
    parts = [part.strip() for part in value[:60].strip("() ").replace(",", ":").split(":")]
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return tuple(int(part) for part in parts)


EXTENDED: Mapping[str, str] = {"rt": "rt", "ro": "soo", "soo": "soo"}


def extended_community(value: object) -> tuple[str, ...] | None:
    """An extended community with a route target or a site of origin, such as rt:65000:1, RT:65000:1 or (rt, 65000, 1)."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        return None
    kind, *parts = [part.strip().lower() for part in value[:60].strip("() ").replace(",", ":").split(":")]
    if kind not in EXTENDED or len(parts) != 2 or not all(parts):
        return None
    return (EXTENDED[kind], *parts)


@once
def load(value: object, *, keep_doubles: bool = False) -> Any:
    """Loads the JSON of a daemon; None if it is not JSON, or nested too deeply.

    FRR prints two routes to one prefix as the same key twice. With ``keep_doubles`` both are kept, as a list.
    """
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value, object_pairs_hook=_with_doubles if keep_doubles else None)
    except (ValueError, RecursionError):
        return None


def _with_doubles(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    """Makes a list of the values of a repeated key. Each entry is moved once, however often a daemon repeats a key."""
    step(len(entries))
    made = dict(entries)
    if len(made) == len(entries):
        return made
    values: dict[str, list[Any]] = {}
    for key, value in entries:
        values.setdefault(key, []).append(value)
    for key, (first, *more) in values.items():
        made[key] = [*(first if isinstance(first, list) else [first]), *more] if more else first
    return made
