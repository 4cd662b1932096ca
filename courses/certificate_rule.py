"""The rule that a learner must meet for the certificate of a course: ``certificate`` in course.yaml. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.typed_yaml.shapes import Choice, Field, ListOf, Number, Path, Problems, Record, Shape, Word, nearest

ALL, NONE = "all", "none"
LEAST_PERCENT = 80
ID = Word(wanted="an id", longest=100)


def percent(score: int, out_of: int) -> int:
    """Return points in percent, rounded down, so that nobody meets a rule by rounding."""
    return 100 * score // out_of if out_of else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRule:
    lessons: tuple[str, ...]  # ids of the lessons to do
    quizzes: tuple[str, ...]  # ids of the lessons whose questions must be answered
    labs: tuple[str, ...]  # ids of the labs to pass
    least_percent: int = LEAST_PERCENT  # of the points of each lab, in one attempt
    assisted: bool = True  # whether an attempt counts if stages were done for the learner (these give no points)


@dataclass(frozen=True, slots=True)
class AllOrIds(Shape):
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
class RuleOrNone(Shape):
    """The rule, or the word "none"."""

    rule: Record

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"const": NONE}, self.rule.schema()]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        return NONE if value == NONE else self.rule.read(value, path, problems)


CERTIFICATE = RuleOrNone(
    Record(
        what="a certificate",
        fields={
            "lessons": Field(AllOrIds(), "the lessons to do; default: all"),
            "quizzes": Field(AllOrIds(), "the lessons whose questions must be answered; default: all"),
            "labs": Field(AllOrIds(), "the labs to pass; default: all"),
            "least_percent": Field(
                Number(1, 100), f"of the points of each lab, in one attempt; default: {LEAST_PERCENT}"
            ),
            "assisted": Field(
                Choice(("allowed", "not")), "whether stages may be done for the learner; default: allowed"
            ),
        },
    )
)


def build_rule(
    written: Any, lessons: Sequence[str], quizzes: Sequence[str], labs: Sequence[str], problems: Problems
) -> CertificateRule | None:
    """Return the rule; None if the course gives no certificate.

    ``written`` is the value that CERTIFICATE has read, or None if course.yaml has no such key. Without the key, the rule
    requires everything, and a course without questions and labs gives no certificate. ``lessons``, ``quizzes`` and ``labs``
    are the ids that the course has. An id in the rule that is not among them is a problem.
    """
    if written == NONE or (written is None and not quizzes and not labs):
        return None
    required: Mapping[str, Any] = written or {}
    known = {"lessons": tuple(lessons), "quizzes": tuple(quizzes), "labs": tuple(labs)}
    chosen = {}
    for kind, ids in known.items():
        named = required.get(kind, ALL)
        chosen[kind] = ids if named == ALL else named
        for at, name in enumerate(chosen[kind]):
            if name not in ids:
                problems.add(("certificate", kind, at), _unknown(kind, name, ids))
    if not any(chosen.values()):
        problems.add(("certificate",), f"certificate requires nothing. Write {NONE} if the course gives none.")
    return CertificateRule(
        **chosen,
        least_percent=required.get("least_percent", LEAST_PERCENT),
        assisted=required.get("assisted", "allowed") == "allowed",
    )


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    what = {"lessons": "no lesson", "quizzes": "no lesson with questions", "labs": "no lab"}[kind]
    return f'The course has {what} "{name}"' + (f": {nearest(name, known)}" if known else ".")
