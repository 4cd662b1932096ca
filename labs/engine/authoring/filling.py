"""Replaces the placeholders ``<<name>>`` in a lab's files with the values of its parameters, before the files are parsed.

Examples for the parameters own (2001:db8:500::/48), net (192.0.2.0/24), me (64500) and liar (a choice): ``<<own>>``,
``<<own:1::10>>`` and ``<<own:1::10/64>>`` (an address in the prefix), ``<<own:2::/64>>`` (a subnet), ``<<own/44>>`` (the prefix
that contains it), ``<<net+7>>`` (the seventh address), ``<<me+1>>``, ``<<liar>>`` and ``<<liar.address>>``.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.definition.parameters import Chosen, Value
from labs.engine.definition.spec import Check, Lab, Stage
from labs.engine.translatable_text import FilledText
from labs.typed_yaml.shapes import PLACE, Problems, nearest

PLACEHOLDER = re.compile(r"(?<!<)<<(?P<what>[a-z][^<>\n]{0,80})>>(?!>)")
PARTS = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?:\.(?P<field>[a-z][a-z0-9_]*))?(?P<rest>.*)")
INSIDE = re.compile(r"(?P<part>:[0-9a-f:.]*|\+[0-9]{1,9})?(?:/(?P<length>[0-9]{1,3}))?")
STEP = re.compile(r"[+-][0-9]{1,9}")


class Unfilled(Exception):
    """A placeholder has no value; the text tells the author why."""


@dataclass(frozen=True, slots=True)
class Filling:
    """The values of the parameters for one seed, or of one seat."""

    values: Mapping[str, Value]

    def fill(self, text: str) -> tuple[str, list[tuple[int, str]]]:
        """Return the text with the values in it, on the same lines, and the placeholders without a value as (line, message)."""
        mistakes: list[tuple[int, str]] = []

        def value(match: re.Match[str]) -> str:
            try:
                return self.value(match["what"])
            except Unfilled as why:
                mistakes.append((text.count("\n", 0, match.start()) + 1, f"{match[0]}: {why}"))
                return match[0]

        return PLACEHOLDER.sub(value, text), mistakes

    def filled(self, text: str) -> str:
        """Return an author's text with the values in it. It is a FilledText, which can be translated."""
        named = {match["what"]: self.value(match["what"]) for match in PLACEHOLDER.finditer(text)}
        if not named:
            return text
        msgid = PLACEHOLDER.sub(r"%(\g<what>)s", text.replace("%", "%%"))
        return FilledText.made(msgid % named, msgid, named)

    def fill_bytes(self, content: bytes) -> tuple[bytes, list[tuple[int, str]]]:
        """Fill a file. A file that is not UTF-8 has no placeholders."""
        try:
            text, mistakes = self.fill(content.decode())
        except UnicodeDecodeError:
            return content, []
        return text.encode(), mistakes

    def value(self, what: str) -> str:
        """Return the value of what is between << and >>. Raises Unfilled."""
        parts = PARTS.fullmatch(what)
        if parts is None or parts["name"] not in self.values:
            name = parts["name"] if parts else what
            raise Unfilled(f'There is no parameter "{name}": {nearest(name, list(self.values))}')
        value, rest = self.values[parts["name"]], parts["rest"]
        if isinstance(value, Chosen):
            return self._chosen(parts["name"], value, parts["field"], rest)
        if parts["field"]:
            raise Unfilled(
                f'{parts["name"]} is not a choice, so it has no field "{parts["field"]}". Write its name only.'
            )
        if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
            return _inside(value, rest)
        if not rest:
            return str(value)
        if not STEP.fullmatch(rest):
            raise Unfilled(f'After {parts["name"]} only + or - and a number is possible, not "{rest}".')
        if int(value) + int(rest) < 0:
            raise Unfilled("The result is below 0. Subtract less.")
        return str(type(value)(int(value) + int(rest)))

    def _chosen(self, name: str, chosen: Chosen, field: str | None, rest: str) -> str:
        if rest:
            raise Unfilled(f"{name} is a choice. Only a dot and the name of a field can follow it.")
        if field is None:
            return chosen.word
        if field not in chosen.fields:
            known = list(chosen.fields)
            instead = nearest(field, known) if known else "its words have no fields. Write its name only."
            raise Unfilled(f'{name} has no field "{field}": {instead}')
        return self.chosen_text(chosen.fields[field])

    def chosen_text(self, text: str) -> str:
        """Fill a field of a choice. It may refer to every parameter that is not a choice."""
        others = {key: value for key, value in self.values.items() if not isinstance(value, Chosen)}
        filled, mistakes = Filling(others).fill(text)
        if mistakes:
            raise Unfilled(mistakes[0][1])
        return filled


def with_filled_texts(lab: Lab, unfilled: Mapping[str, Any], filling: Filling) -> Lab:
    """Return the lab with its author's texts as FilledTexts. UNFILLED is its lab.yaml as it is written, with placeholders."""

    def stage(plain: Stage, read: Mapping[str, Any]) -> Stage:
        checks = tuple(check(one, lines) for one, lines in zip(plain.checks, read["checks"], strict=True))
        return replace(plain, title=filling.filled(read["title"]), checks=checks)

    def check(plain: Check, read: Mapping[str, Any]) -> Check:
        own: dict[str, Any] = {
            name: filling.filled(read[name]) for name in ("title", "cause", "complaint") if name in read
        }
        return replace(plain, hint=tuple(map(filling.filled, read.get("hint", ()))), **own)

    stages = tuple(stage(one, read) for one, read in zip(lab.stages, unfilled["stages"], strict=True))
    own: dict[str, Any] = {name: filling.filled(unfilled[name]) for name in ("title", "summary")}
    return replace(lab, stages=stages, **own)


def write_out(lab: Lab, folder: Path) -> None:
    """Write a copy of the lab's folder with its values in it: byte for byte what its learner had."""
    filling = Filling(lab.parameters)
    for path in sorted(lab.folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        copy = folder / path.relative_to(lab.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(filling.fill_bytes(path.read_bytes())[0])
        copy.chmod(path.stat().st_mode & 0o777)


def check_choices(read: Mapping[str, Any], filling: Filling, problems: Problems) -> None:
    """Report the placeholders without a value in the fields of all choices, also of words that were not drawn."""
    for parameter in read.values():
        for word, fields in parameter.get("of", {}).items():
            for key, text in fields.items():
                try:
                    filling.chosen_text(text)
                except Unfilled as why:
                    problems.add((*parameter[PLACE], "of", word, key), str(why))


def _inside(network: AnyNetwork, rest: str) -> str:
    """Return an address, a subnet or a containing prefix, counted from a prefix."""
    match = INSIDE.fullmatch(rest)
    if match is None:
        raise Unfilled(f'"{rest}" is not possible after a prefix. Write for example :1::10, :1::/64, +7 or /44.')
    part, length = match["part"] or "", match["length"]
    try:
        address = _address(network, part) if part else network.network_address
        if address not in network:
            raise Unfilled(f"The address is outside {network}. Choose a smaller one.")
        if length is None:
            return str(address if part else network)
        return str(
            ipaddress.ip_interface(f"{address}/{length}")
            if part
            else network.__class__((address, int(length)), strict=False)
        )
    except ValueError as error:
        raise Unfilled(f"This is not an address in {network}: {error}.") from error


def _address(network: AnyNetwork, part: str) -> AnyAddress:
    if part.startswith("+"):
        return network.network_address + int(part)
    if network.version == 4:
        raise Unfilled("Count the addresses of an IPv4 prefix with +, for example +7.")
    groups = network.network_address.exploded.split(":")[: network.prefixlen // 16]
    return ipaddress.IPv6Address(":".join(groups) + part)
