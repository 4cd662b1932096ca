"""Puts the values of a lab's parameters where its files say ``<<name>>``, before anything else reads them.

What may stand there, for the parameters own (2001:db8:500::/48), net (192.0.2.0/24), me (64500) and liar (a choice):
``<<own>>``, ``<<own:1::10>>`` and ``<<own:1::10/64>>`` (an address inside), ``<<own:2::/64>>`` (a subnet), ``<<own/44>>``
(what it is a part of), ``<<net+7>>`` (the seventh address), ``<<me+1>>``, ``<<liar>>`` and ``<<liar.address>>``.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labs.engine.definition.parameters import Chosen, Value
from labs.engine.definition.spec import Check, Lab, Stage
from labs.engine.text import Wording
from labs.typed_yaml.shapes import PLACE, Problems, nearest

WANTED = re.compile(r"(?<!<)<<(?P<what>[a-z][^<>\n]{0,80})>>(?!>)")
PARTS = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?:\.(?P<field>[a-z][a-z0-9_]*))?(?P<rest>.*)")
INSIDE = re.compile(r"(?P<part>:[0-9a-f:.]*|\+[0-9]{1,9})?(?:/(?P<length>[0-9]{1,3}))?")
STEP = re.compile(r"[+-][0-9]{1,9}")


class Unfilled(Exception):
    """What stands between << and >> has no value; the text is for the author."""


@dataclass(frozen=True, slots=True)
class Filling:
    """The values of one seed."""

    values: Mapping[str, Value]

    def fill(self, text: str) -> tuple[str, list[tuple[int, str]]]:
        """Returns the text with the values in it, on the same lines, and what could not be filled in, with its line."""
        mistakes: list[tuple[int, str]] = []

        def value(match: re.Match[str]) -> str:
            try:
                return self.value(match["what"])
            except Unfilled as why:
                mistakes.append((text.count("\n", 0, match.start()) + 1, f"{match[0]}: {why}"))
                return match[0]

        return WANTED.sub(value, text), mistakes

    def wording(self, text: str) -> str:
        """The text of an author with the values in it, which also knows how it reads without them."""
        named = {match["what"]: self.value(match["what"]) for match in WANTED.finditer(text)}
        if not named:
            return text
        msgid = WANTED.sub(r"%(\g<what>)s", text.replace("%", "%%"))
        return Wording.made(msgid % named, msgid, named)

    def fill_bytes(self, content: bytes) -> tuple[bytes, list[tuple[int, str]]]:
        """Fills a file. In one that is no text nothing stands."""
        try:
            text, mistakes = self.fill(content.decode())
        except UnicodeDecodeError:
            return content, []
        return text.encode(), mistakes

    def value(self, what: str) -> str:
        """Returns the value of what stands between << and >>; raises Unfilled."""
        parts = PARTS.fullmatch(what)
        if parts is None or parts["name"] not in self.values:
            name = parts["name"] if parts else what
            raise Unfilled(f'There is no parameter "{name}": {nearest(name, list(self.values))}')
        value, rest = self.values[parts["name"]], parts["rest"]
        if isinstance(value, Chosen):
            return self._chosen(parts["name"], value, parts["field"], rest)
        if parts["field"]:
            raise Unfilled(f'{parts["name"]} is no choice, so nothing of it is called "{parts["field"]}".')
        if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
            return _inside(value, rest)
        if not rest:
            return str(value)
        if not STEP.fullmatch(rest):
            raise Unfilled(f'Behind {parts["name"]} only + or - and a number may stand, not "{rest}".')
        if int(value) + int(rest) < 0:
            raise Unfilled("This is below 0.")
        return str(type(value)(int(value) + int(rest)))

    def _chosen(self, name: str, chosen: Chosen, field: str | None, rest: str) -> str:
        if rest:
            raise Unfilled(f"{name} is a choice; nothing can be added to it.")
        if field is None:
            return chosen.word
        if field not in chosen.fields:
            known = list(chosen.fields)
            raise Unfilled(f'{name} has no "{field}": {nearest(field, known) if known else "it has words only."}')
        return self.chosen_text(chosen.fields[field])

    def chosen_text(self, text: str) -> str:
        """Fills in what belongs to a word of a choice: it may name what is no choice itself."""
        others = {key: value for key, value in self.values.items() if not isinstance(value, Chosen)}
        filled, mistakes = Filling(others).fill(text)
        if mistakes:
            raise Unfilled(mistakes[0][1])
        return filled


def worded(lab: Lab, unfilled: Mapping[str, Any], filling: Filling) -> Lab:
    """Returns the lab with each text of its author as a Wording, where UNFILLED, its lab.yaml as it stands, has names in it."""

    def stage(told: Stage, read: Mapping[str, Any]) -> Stage:
        checks = tuple(check(one, lines) for one, lines in zip(told.checks, read["checks"], strict=True))
        return replace(told, title=filling.wording(read["title"]), checks=checks)

    def check(told: Check, read: Mapping[str, Any]) -> Check:
        own: dict[str, Any] = {
            name: filling.wording(read[name]) for name in ("title", "cause", "complaint") if name in read
        }
        return replace(told, hint=tuple(map(filling.wording, read.get("hint", ()))), **own)

    stages = tuple(stage(one, read) for one, read in zip(lab.stages, unfilled["stages"], strict=True))
    own: dict[str, Any] = {name: filling.wording(unfilled[name]) for name in ("title", "summary")}
    return replace(lab, stages=stages, **own)


def write_out(lab: Lab, folder: Path) -> None:
    """Writes the lab's folder anew with its values in it, byte for byte what its learner had."""
    filling = Filling(lab.parameters)
    for path in sorted(lab.folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        copy = folder / path.relative_to(lab.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(filling.fill_bytes(path.read_bytes())[0])
        copy.chmod(path.stat().st_mode & 0o777)


def check_choices(read: Mapping[str, Any], filling: Filling, problems: Problems) -> None:
    """Tells what cannot be filled in where a choice says what belongs to its words, taken or not."""
    for parameter in read.values():
        for word, fields in parameter.get("of", {}).items():
            for key, text in fields.items():
                try:
                    filling.chosen_text(text)
                except Unfilled as why:
                    problems.add((*parameter[PLACE], "of", word, key), str(why))


def _inside(network: Any, rest: str) -> str:
    """An address or a smaller or larger prefix, counted from a prefix."""
    match = INSIDE.fullmatch(rest)
    if match is None:
        raise Unfilled(f'"{rest}" cannot stand behind a prefix; write for example :1::10, :1::/64, +7 or /44.')
    part, length = match["part"] or "", match["length"]
    try:
        address = _address(network, part) if part else network.network_address
        if address not in network:
            raise Unfilled(f"This is outside of {network}.")
        if length is None:
            return str(address if part else network)
        return str(
            ipaddress.ip_interface(f"{address}/{length}")
            if part
            else network.__class__((address, int(length)), strict=False)
        )
    except ValueError as error:
        raise Unfilled(f"This is no address in {network}: {error}.") from error


def _address(network: Any, part: str) -> Any:
    if part.startswith("+"):
        return network.network_address + int(part)
    if network.version == 4:
        raise Unfilled("The addresses of an IPv4 prefix are counted with +, for example +7.")
    groups = network.network_address.exploded.split(":")[: network.prefixlen // 16]
    return ipaddress.IPv6Address(":".join(groups) + part)
