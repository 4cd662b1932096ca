"""The state of a solved lab, kept beside its proof with the names of its parameters, so that it fits every learner's values.

A value that belongs to no parameter and differs between two seeds is kept as UNKNOWN: nothing is compared with it.
"""

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.definition.parameters import Chosen
from labs.engine.definition.spec import Lab
from labs.engine.proof_files import file_in_proofs
from labs.engine.state.facts import UNKNOWN, Facts, Section, State, as_json, from_json

STATES = "states"  # the folder of these records in _proofs
WORD = re.compile(r"[\w.:]+(?:/\d{1,3}\b)?")
NAMED = re.compile(r"<<(?P<name>[a-z][a-z0-9_]*)(?:\+(?P<offset>[0-9a-f]+))?(?:/(?P<length>\d{1,3}))?>>")

type Values = Mapping[str, Any]  # of the parameters, by name


def by_names(solved: Sequence[tuple[Values, State]]) -> State:
    """One state with names, from the states of the solved lab with the values of different seeds."""
    first = solved[0][1]
    found: dict[str, Facts] = {}
    for node, facts in first.items():
        kept: dict[Section, Mapping[str, str]] = {}
        for section in facts:
            if all(section in state.get(node, {}) for _values, state in solved):
                kept[section] = _section(solved, node, section)
        found[node] = kept
    return found


def _section(solved: Sequence[tuple[Values, State]], node: str, section: Section) -> dict[str, str]:
    others = [(values, state[node][section]) for values, state in solved]
    found: dict[str, str] = {}
    for key, value in others[0][1].items():
        name = _agreed(key, [(values, "\n".join(facts)) for values, facts in others])
        if name is None:
            found[key] = UNKNOWN
            continue
        theirs = [(values, facts.get(filled(name, values), "")) for values, facts in others]
        lines = [_agreed(line, theirs) for line in value.split("\n")]
        same = len({text.count("\n") for _values, text in theirs}) == 1
        found[name] = "\n".join(line for line in lines if line is not None) if same and None not in lines else UNKNOWN
    return found


def _agreed(line: str, others: Sequence[tuple[Values, str]]) -> str | None:
    """The line with names in it, if its values are a line of each of the texts; else as it is, if that is; else None."""
    for written in (named(line, others[0][0]), line):
        if all(filled(written, values) in text.split("\n") for values, text in others):
            return written
    return None


def named(text: str, values: Values) -> str:
    """The text with the name of a parameter for each value of one."""
    return WORD.sub(lambda match: _name_of(match[0], values), text)


def _name_of(word: str, values: Values) -> str:
    for name, value in values.items():
        plain = value.word if isinstance(value, Chosen) else value
        if word == str(plain):
            return f"<<{name}>>"
    bare, _slash, length = word.partition("/")
    address = untrusted.address(bare)
    of_version = address.version if address else None
    for name, value in values.items():
        inside = isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network) and value.version == of_version
        if address is not None and inside and address in value:
            return f"<<{name}+{int(address) - int(value.network_address):x}{f'/{length}' if length else ''}>>"
    # A community such as 64500:7 has the number of an AS in it.
    if ":" in word and address is None and not length:
        return ":".join(_name_of(part, values) for part in word.split(":"))
    return word


def filled(text: str, values: Values) -> str:
    """The text with the values of a learner instead of the names."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"])
        if found is None:
            return match[0]
        if isinstance(found, Chosen):
            return found.word
        if match["offset"] is None:
            return str(found)
        address = found.network_address + int(match["offset"], 16)
        return f"{address}/{match['length']}" if match["length"] else str(address)

    return NAMED.sub(value, text)


def with_values(state: State, values: Values) -> State:
    return {
        node: {
            section: {filled(key, values): filled(value, values) for key, value in facts.items()}
            for section, facts in every.items()
        }
        for node, every in state.items()
    }


# The file


def write(lab: Lab, solved: Sequence[tuple[Values, State]]) -> None:
    """Replace the recorded state of a lab; without a state remove it. Raises OSError."""
    file = file_in_proofs(lab, STATES)
    if not solved:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(by_names(solved)), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def read(lab: Lab) -> State | None:
    """The state of the solved lab with the values of this lab; None if none was recorded, or if it cannot be read."""
    file = file_in_proofs(lab, STATES)
    try:
        stored = _read(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, AttributeError):
        return None
    return with_values(stored, lab.parameters)


@lru_cache(maxsize=32)
def _read(file: Path, _changed: int) -> State:
    return from_json(json.loads(file.read_text(encoding="utf-8")))
