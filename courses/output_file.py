"""The file beside a lesson that keeps what its labs printed: ``010-swell.outputs.yaml`` of ``010-swell.md``.

``make outputs`` writes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from labs.typed_yaml.shapes import Field, ListOf, Problems, Record, Word
from labs.typed_yaml.yaml_file import read_yaml

SUFFIX = ".outputs.yaml"
HEAD = '# Written by "make outputs". Do not edit it: change the block in the lesson, and record it again.\n'
HASH = Word(wanted="twelve hexadecimal digits", pattern=r"[0-9a-f]{12}", longest=12)
OUTPUTS = ListOf(
    Record(
        "an output",
        {
            "block": Field(HASH, "the block of the lesson that it belongs to", required=True),
            "lab": Field(HASH, "the state of the lab in which it was recorded", required=True),
            "screen": Field(Word(longest=100_000), "what was typed and what came back", required=True),
        },
    )
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An output of a lab. ``lab`` is the hash of the parts of the lab that determined it (courses.lab_references)."""

    lab: str
    screen: str  # with the numbers of the lab's author


def file_of(lesson: Path) -> Path:
    return lesson.with_suffix(SUFFIX)


def read_outputs(file: Path) -> tuple[Mapping[str, Recorded], list[tuple[int, str]]]:
    """Return the outputs by the key of their block, and the mistakes in the file as (line, message)."""
    if not file.is_file():
        return {}, []
    marked = read_yaml(file)
    problems = Problems()
    read = OUTPUTS.read(marked.value or [], (), problems) if not marked.errors else ()
    found = [item for item in read if isinstance(item, Mapping) and len(item) == len(Recorded.__slots__) + 1]
    wrong = [*marked.errors, *((marked.line(path), message) for path, message in problems.found)]
    return {item["block"]: Recorded(item["lab"], item["screen"].rstrip("\n")) for item in found}, wrong


def write_outputs(file: Path, outputs: Iterable[tuple[str, Recorded]]) -> None:
    """Write the outputs in this order. Without any, remove the file."""
    entries = [{"block": key, "lab": one.lab, "screen": _Literal(one.screen + "\n")} for key, one in outputs]
    if not entries:
        file.unlink(missing_ok=True)
        return
    text = yaml.dump(entries, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    file.write_text(HEAD + text, encoding="utf-8")


class _Literal(str):
    """A text that is written line by line, as it is."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Literal, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)
