"""Seats that are alike: a class lab is written for one seat, and each part that mentions a seat stands there for all of them.

    seats:
      id: "as<<seat_asn>>"
      nodes: ["r<<seat>>"]
      values:
        asn: [64496, 64497, 64498]
        net: ["3fff:100::/32", "3fff:200::/32", "3fff:300::/32"]

``<<seat>>`` is the number of a seat, counted from 1, and ``<<seat_asn>>`` its value. A node, link, check, mutant or exception in
lab.yaml that mentions one of them is repeated for each seat; such a check counts for that seat alone. In the names of files
``SEAT`` is the number: ``files/rSEAT/...``, ``files/rs/etc/bird/clients/SEAT.conf``, ``solution/rSEAT.sh``.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.engine.authoring.filling import PLACEHOLDER, Filling
from labs.engine.authoring.schema import SEAT_TEMPLATE
from labs.typed_yaml.shapes import Path, Problems
from labs.typed_yaml.yaml_file import Marked

MOST = 24  # seats
MENTION = re.compile(r"(?<!<)<<seat[_>+-]")
NUMBER = re.compile(r"[0-9]{1,18}")
LISTS = ("links", "mutants", "unnoticed")  # of lab.yaml, with entries that can be repeated


@dataclass(slots=True)
class SeatTemplate:
    """The seats of a lab whose seats are alike. ``fillings`` has the values of each seat, from the first."""

    ids: Sequence[str] = ()
    nodes: Sequence[str] = ()  # as they are written, with <<seat>>
    fillings: Sequence[Filling] = ()
    seat_at: dict[Path, str] = field(default_factory=dict)  # the seat of each check that belongs to one, by its place

    def numbers(self) -> Iterator[tuple[int, Filling]]:
        return enumerate(self.fillings, 1)

    def nodes_of(self, filling: Filling) -> tuple[str, ...]:
        return tuple(filling.fill(node)[0] for node in self.nodes)


def read(value: Any, problems: Problems) -> SeatTemplate | None:
    """Read ``seats`` of a lab.yaml, and report its mistakes. Return None if the seats are written one by one, or wrong."""
    if not isinstance(value, Mapping):
        return None
    found = SEAT_TEMPLATE.read(value, ("seats",), problems)
    if problems.found or not isinstance(found, Mapping):
        return None
    lengths = {name: len(values) for name, values in found["values"].items()}
    count = min(lengths.values())
    if max(lengths.values()) != count or count > MOST:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        problems.add(
            ("seats", "values"), f"Give each value once for every seat, for at most {MOST} seats. There are: {told}."
        )
        return None
    fillings = [
        Filling({"seat": n, **{f"seat_{name}": _value(values[n - 1]) for name, values in found["values"].items()}})
        for n in range(1, count + 1)
    ]
    if not all(MENTION.search(text) for text in (found["id"], *found["nodes"])):
        problems.add(("seats",), "The id and the nodes of a seat must mention it, for example with <<seat>>.")
        return None
    ids = [filling.fill(found["id"])[0] for filling in fillings]
    return SeatTemplate(ids, found["nodes"], fillings)


def _value(text: str) -> Any:
    if NUMBER.fullmatch(text):
        return int(text)
    for kind in (ipaddress.IPv4Address, ipaddress.ip_network):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def expand(marked: Marked, template: SeatTemplate, problems: Problems) -> Marked:
    """Return the file with each part that mentions a seat repeated, and with the lines of the parts that were written."""
    return _Expanding(marked, template, problems).made()


class _Expanding:
    def __init__(self, marked: Marked, template: SeatTemplate, problems: Problems) -> None:
        self.marked, self.template, self.problems = marked, template, problems
        self.lines: dict[Path, int] = {(): 1}

    def made(self) -> Marked:
        value: dict[str, Any] = {}
        for key, part in self.marked.value.items():
            place = (key,)
            self.lines[place] = self.marked.line(place)
            if key == "seats":
                value[key] = self._seats()
            elif key == "nodes" and isinstance(part, Mapping):
                value[key] = self._nodes(part)
            elif key in LISTS and isinstance(part, list):
                value[key] = self._list(part, place, place)
            elif key == "stages" and isinstance(part, list):
                value[key] = [self._stage(stage, at) for at, stage in enumerate(part)]
            else:
                value[key] = self._copy(part, place, place, None)
        return Marked(value, self.lines, self.marked.errors)

    def _seats(self) -> list[dict[str, Any]]:
        for at in range(len(self.template.ids)):
            self.lines["seats", at] = self.marked.line(("seats",))
        pairs = zip(self.template.ids, self.template.fillings, strict=True)
        return [{"id": name, "nodes": list(self.template.nodes_of(filling))} for name, filling in pairs]

    def _nodes(self, nodes: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, node in nodes.items():
            for filling in self.template.fillings if mentions([name, node]) else (None,):
                own = filling.fill(name)[0] if filling else name
                made[own] = self._copy(node, ("nodes", name), ("nodes", own), filling)
        return made

    def _stage(self, stage: Any, at: int) -> Any:
        place = ("stages", at)
        if not isinstance(stage, Mapping) or not isinstance(stage.get("checks"), list):
            return self._copy(stage, place, place, None)
        self.lines[place] = self.marked.line(place)
        made = {
            key: self._copy(part, (*place, key), (*place, key), None) for key, part in stage.items() if key != "checks"
        }
        return made | {"checks": self._list(stage["checks"], (*place, "checks"), (*place, "checks"), are_checks=True)}

    def _list(self, entries: Sequence[Any], old: Path, new: Path, *, are_checks: bool = False) -> list[Any]:
        made: list[Any] = []
        self.lines[new] = self.marked.line(old)
        for at, entry in enumerate(entries):
            if not mentions(entry):
                made.append(self._copy(entry, (*old, at), (*new, len(made)), None))
                continue
            for name, filling in zip(self.template.ids, self.template.fillings, strict=True):
                if are_checks:
                    self.template.seat_at[*new, len(made)] = name
                made.append(self._copy(entry, (*old, at), (*new, len(made)), filling))
        return made

    def _copy(self, value: Any, old: Path, new: Path, filling: Filling | None) -> Any:
        self.lines[new] = self.marked.line(old)
        if isinstance(value, Mapping):
            return {key: self._copy(one, (*old, key), (*new, key), filling) for key, one in value.items()}
        if isinstance(value, list):
            return [self._copy(one, (*old, at), (*new, at), filling) for at, one in enumerate(value)]
        return self._filled(value, old, filling) if isinstance(value, str) and filling else value

    def _filled(self, text: str, place: Path, filling: Filling) -> Any:
        filled, mistakes = filling.fill(text)
        for _line, message in mistakes:
            self.problems.add(place, message)
        # A whole number stays one, as if it were written there
        return int(filled) if PLACEHOLDER.fullmatch(text) and NUMBER.fullmatch(filled) else filled


def mentions(value: Any) -> bool:
    """Whether a part of lab.yaml mentions a seat."""
    if isinstance(value, Mapping):
        return any(mentions(key) or mentions(one) for key, one in value.items())
    if isinstance(value, list):
        return any(map(mentions, value))
    return isinstance(value, str) and MENTION.search(value) is not None
