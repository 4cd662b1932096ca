"""The texts of a lab for the room: trainer.md, which only trainers read, and handout.md, which is printed for learners.

Both are Markdown with the placeholders of the lab. No check, proof or version of the lab depends on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from labs.engine.authoring.filling import Filling
from labs.engine.definition import guide
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.shapes import Field, MapOf, Number, Problems, Record, Word, nearest
from labs.typed_yaml.yaml_file import FRONT, mark

TRAINER, HANDOUT = "trainer.md", "handout.md"
FILES = (TRAINER, HANDOUT)
# The sections of trainer.md by id, with what belongs there
SECTIONS = {
    "teaches": "what the lab teaches, and what people must know before",
    "stuck": "where people get stuck, how to notice it, and how to help without giving the answer",
    "ask": "questions to the room, with the answers to lead to",
    "projector": "what to show to everybody, and when",
    "reset": "what to do if somebody has broken their network",
}
OPTIONAL = {"more": "what those can try who finish first"}
HEAD = Record(
    "trainer.md",
    {"minutes": Field(MapOf(Word(), Number(1, 600)), "the minutes of each stage in a class, by its id", required=True)},
)


@dataclass(frozen=True, slots=True)
class TrainerPage:
    minutes: Mapping[str, int]  # by stage
    intro: str  # Markdown, with the values of the lab
    sections: tuple[guide.Section, ...]  # ``stage`` is the section's id


def read(lab: Lab) -> TrainerPage | None:
    """Return the page with the values of this lab; None if the lab has none, or if its first lines cannot be read."""
    text = _text(lab, TRAINER)
    front = FRONT.match(text)
    if front is None:
        return None
    head = HEAD.read(mark(front["front"]).value, (), Problems())
    parts = guide.split(text[front.end() :])
    minutes = head.get("minutes", {}) if isinstance(head, Mapping) else {}
    return TrainerPage(minutes, parts.intro, parts.sections)


def read_handout(lab: Lab) -> str:
    """Return the Markdown of the handout with the values of this lab; empty if the lab has none."""
    return _text(lab, HANDOUT)


def _text(lab: Lab, name: str) -> str:
    file = lab.folder / name
    return _filling(lab).fill(file.read_text(encoding="utf-8"))[0] if file.is_file() else ""


def missing(lab: Lab) -> list[str]:
    """Return what a lab should have for the room and has not, as messages."""
    return (
        []
        if (lab.folder / TRAINER).is_file()
        else [f"{lab.folder / TRAINER}: is missing. Trainers have no page for this lab."]
    )


def mistakes(lab: Lab) -> list[AuthoringError]:
    """Return the mistakes in both files."""
    found = [(name, line, message) for name in FILES for line, message in _unfilled(lab, name)]
    if (lab.folder / TRAINER).is_file():
        found += [(TRAINER, line, message) for line, message in _of_trainer(lab)]
    return [AuthoringError(str(lab.folder / name), line, message) for name, line, message in found]


def _unfilled(lab: Lab, name: str) -> list[tuple[int, str]]:
    file = lab.folder / name
    return _filling(lab).fill(file.read_text(encoding="utf-8"))[1] if file.is_file() else []


def _filling(lab: Lab) -> Filling:
    """Return the values of the lab. If its seats are alike, and nobody's seat is meant, those of the first seat."""
    return Filling(lab.parameters or (lab.seats[0].values if lab.has_bots else {}))


def _of_trainer(lab: Lab) -> list[tuple[int, str]]:
    text = (lab.folder / TRAINER).read_text(encoding="utf-8")
    front = FRONT.match(text)
    if front is None:
        return [(1, "The file begins with a line ---, the minutes of each stage, and another line ---.")]
    problems = Problems()
    marked = mark(front["front"])
    head = HEAD.read(marked.value, (), problems)
    found = [(line + 1, message) for line, message in marked.errors]
    found += [(marked.line(path) + 1, message) for path, message in problems.found]
    stages = [stage.id for stage in lab.stages]
    minutes = head.get("minutes", {}) if isinstance(head, Mapping) else {}
    found += [(2, f'minutes has no stage "{stage}".') for stage in stages if stage not in minutes]
    found += [(2, f'There is no stage "{one}": {nearest(one, stages)}') for one in minutes if one not in stages]
    above = front[0].count("\n")
    return found + [(line + above, message) for line, message in _sections(guide.split(text[front.end() :]))]


def _sections(parts: guide.Guide) -> list[tuple[int, str]]:
    known = {**SECTIONS, **OPTIONAL}
    found = [
        (one.line, f'There is no section "{one.stage}": {nearest(one.stage, list(known))}')
        for one in parts.sections
        if one.stage not in known
    ]
    found += [(one.line, f'The section "{one.title}" is empty.') for one in parts.sections if not one.body.strip()]
    there = {one.stage for one in parts.sections}
    return found + [
        (1, f'A section is missing: "## A title {{#{name}}}", with {about}.')
        for name, about in SECTIONS.items()
        if name not in there
    ]
