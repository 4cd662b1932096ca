"""Writes values as an author does: the name of a parameter instead of its value, so that a check fits every learner."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.authoring.filling import Filling, Unfilled
from labs.engine.definition.parameters import Chosen
from labs.typed_yaml.yaml_text import flow

WORD = re.compile(r"[\w.:]+(?:/\d{1,3}\b)?")
LEAST_NUMBER = 1000  # a smaller number may be anything: a port, a cost, a count
GROUP_BITS = 16


class Bare(str):
    """A text that is written into YAML without quotation marks: the placeholder of a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Placeholders:
    """``values`` are those of the parameters for the author's own seed."""

    values: Mapping[str, Any]

    def text(self, text: str) -> str:
        """Return the text with a placeholder for each value of a parameter."""
        return WORD.sub(lambda match: self._word(match[0]), text) if self.values else text

    def of(self, value: Any, key: str = "") -> Any:
        """Return a value of ``expect`` with placeholders. KEY is its name: a cost may be a parameter of kind number."""
        if isinstance(value, Mapping):
            return {name: self.of(item, name) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(item, key) for item in value]
        if isinstance(value, bool) or value is None or isinstance(value, float):
            return value
        if isinstance(value, int):
            named = self._number(value, small=key in ("cost", "metric"))
            return value if named is None else Bare(named)
        return self.text(str(value))

    def _number(self, number: int, *, small: bool) -> str | None:
        names = (name for name, value in self.values.items() if isinstance(value, int) and value == number)
        return next((f"<<{name}>>" for name in names), None) if small or number >= LEAST_NUMBER else None

    def _word(self, word: str) -> str:
        if not any(mark in word for mark in ":.") and not (word.isdecimal() and int(word) >= LEAST_NUMBER):
            return word
        return self._field(word) or self._whole(word) or self._inside(word) or self._parts(word)

    def _field(self, word: str) -> str | None:
        """A field of a choice moves with the word that was drawn, so it is the better name."""
        plain = {name: value for name, value in self.values.items() if not isinstance(value, Chosen)}
        for name, value in self.values.items():
            for key, text in value.fields.items() if isinstance(value, Chosen) else ():
                try:
                    filled = Filling(plain).chosen_text(text)
                except Unfilled:
                    continue
                if filled == word:
                    return f"<<{name}.{key}>>"
        return None

    def _whole(self, word: str) -> str | None:
        found = (name for name, value in self.values.items() if not isinstance(value, Chosen) and str(value) == word)
        return next((f"<<{name}>>" for name in found), None)

    def _inside(self, word: str) -> str | None:
        address, slash, length = word.partition("/")
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return None
        for name, value in self.values.items():
            if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network) and ip in value:
                return f"<<{name}{_part(value, ip)}{slash}{length}>>"
        return None

    def _parts(self, word: str) -> str:
        """A community such as 64500:7 has the number of an AS in it."""
        parts = word.split(":")
        return ":".join(self._whole(part) or part for part in parts) if all(map(str.isdecimal, parts)) else word


def _part(network: AnyNetwork, ip: AnyAddress) -> str:
    """Return the part that follows the name of a prefix: ``:1::10`` after an IPv6 prefix, ``+7`` after an IPv4 one."""
    if network.version == 4:
        return f"+{int(ip) - int(network.network_address)}"
    # The groups of the prefix are filled with ones, so that none of them becomes a part of the run of zeros.
    known = network.prefixlen // GROUP_BITS
    groups = ["ffff"] * known + ip.exploded.split(":")[known:]
    return str(ipaddress.IPv6Address(":".join(groups))).removeprefix(":".join(["ffff"] * known))


def written(value: Any) -> str:
    """Return a value as YAML in one line, and the placeholders of numbers without quotation marks. Keys are plain words."""
    if isinstance(value, Bare):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return flow(value)
