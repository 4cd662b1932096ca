"""What a course asks before it gives its certificate: ``certificate`` of course.yaml. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.typed_yaml.shapes import Choice, Field, ListOf, Number, Path, Problems, Record, Shape, Word, nearest

ALL, NONE = "all", "none"
LEAST_PERCENT = 80
ID = Word(wanted="the id of one", longest=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    lessons: tuple[str, ...]  # ids of those to be done
    quizzes: tuple[str, ...]  # ids of the lessons whose questions are to be answered
    labs: tuple[str, ...]  # ids of those to be shown on a live network
    least_percent: int = LEAST_PERCENT  # of the points of each lab, in one attempt
    assisted: bool = True  # whether an attempt counts in which stages were done for the learner; they gave no points


@dataclass(frozen=True, slots=True)
class AllOr(Shape):
    """The word "all", or a list of ids."""

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"const": ALL}, ListOf(ID).schema()]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        if value == ALL:
            return ALL
        if isinstance(value, list):
            return ListOf(ID).read(value, path, problems)
        return self.wrong(value, path, problems, f'"{ALL}" or a list of ids')


@dataclass(frozen=True, slots=True)
class OrNone(Shape):
    """The word "none", or the rule."""

    rule: Record

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"const": NONE}, self.rule.schema()]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        return NONE if value == NONE else self.rule.read(value, path, problems)


CERTIFICATE = OrNone(
    Record(
        what="a certificate",
        fields={
            "lessons": Field(AllOr(), "the lessons to be done; all without it"),
            "quizzes": Field(AllOr(), "the lessons whose questions are to be answered; all without it"),
            "labs": Field(AllOr(), "the labs to be shown; all without it"),
            "least_percent": Field(
                Number(1, 100), f"of the points of each lab, in one attempt; {LEAST_PERCENT} without it"
            ),
            "assisted": Field(
                Choice(("allowed", "not")), "whether stages may have been done for the learner; allowed without it"
            ),
        },
    )
)


def rule_of(
    written: Any, lessons: Sequence[str], quizzes: Sequence[str], labs: Sequence[str], problems: Problems
) -> Rule | None:
    """Return the rule; None where a course gives no certificate.

    ``written`` is what CERTIFICATE has read, or None where the author says nothing: then all is asked, if there is anything
    to show. ``lessons``, ``quizzes`` and ``labs`` are the ids that the course has; a name that is none of them is a problem.
    """
    if written == NONE or (written is None and not quizzes and not labs):
        return None
    asked: Mapping[str, Any] = written or {}
    known = {"lessons": tuple(lessons), "quizzes": tuple(quizzes), "labs": tuple(labs)}
    chosen = {}
    for kind, ids in known.items():
        named = asked.get(kind, ALL)
        chosen[kind] = ids if named == ALL else named
        for at, name in enumerate(chosen[kind]):
            if name not in ids:
                problems.add(("certificate", kind, at), _unknown(kind, name, ids))
    if not any(chosen.values()):
        problems.add(("certificate",), f"certificate asks for nothing. Write {NONE} if the course gives none.")
    return Rule(
        **chosen,
        least_percent=asked.get("least_percent", LEAST_PERCENT),
        assisted=asked.get("assisted", "allowed") == "allowed",
    )


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    what = {"lessons": "no lesson", "quizzes": "no lesson with questions", "labs": "no lab"}[kind]
    return f'The course has {what} "{name}"' + (f": {nearest(name, known)}" if known else ".")
