"""The subject of a question: a lesson, or a check with its verdict. It is a copy from the time of the question."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from courses.content import Course, Lesson
from labs.engine.runtime.changes import safe_text
from labs.models import Attempt, LabSession, VerdictRecord
from labs.pages.check_row import SHAPES
from labs.pages.lab_page import LabPage
from labs.translations import translated

LONGEST = 6000  # characters of evidence that are shown or stored

ASKABLE_OUTCOMES = ("failed", "unknown")


def of_lesson(course: Course, lesson: Lesson) -> dict[str, Any]:
    titles = {"title": lesson.title, "course_title": course.title}
    return {"kind": "lesson", "course": course.id, "lesson": lesson.id, **titles}


def of_check(session: LabSession, check_id: str, page: LabPage) -> tuple[dict[str, Any], Attempt | None] | None:
    """Return the check as it is now, and the last attempt with the same outcome.

    None if the learner has no such check, or it does not fail, or it is hidden from them.
    """
    row = session.check_statuses.filter(check_id=check_id, outcome__in=ASKABLE_OUTCOMES).first()
    known = {check.id: (stage, check) for stage in page.lab.stages for check in stage.checks}
    if row is None or check_id not in known:
        return None
    stage, check = known[check_id]
    if not check.is_shown(passed=row.first_passed_at is not None):
        return None
    verdicts = VerdictRecord.objects.filter(attempt__session=session, attempt__learner=page.learner, check_id=check_id)
    last = verdicts.filter(outcome=row.outcome).select_related("attempt").order_by("-attempt_id").first()
    about = {
        "kind": "check",
        "lab": session.lab,
        "title": page.lab.title,
        "stage": stage.title,
        "check": check_id,
        "check_title": check.title,
        "outcome": row.outcome,
        "expected": row.expected,
        "seen": row.seen,
        "cause": row.cause,
        "command": row.command,
        "node": row.node,
        "evidence": evidence(last.evidence) if last else "",
    }
    return about, last.attempt if last else None


def evidence(found: Mapping[str, Any]) -> str:
    """Return a check's evidence as text to show: of limited length, without control characters. Templates escape it."""
    if not found:
        return ""
    return safe_text(json.dumps(found, indent=1, ensure_ascii=False, default=str))[:LONGEST]


@dataclass(frozen=True, slots=True)
class QuestionSubject:
    """The stored subject (``Question.about``), for templates. A key that it does not have is empty."""

    stored: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.stored.get(name, "")

    @property
    def shape(self) -> str:
        return SHAPES.get(self.stored.get("outcome", ""), "none")

    @property
    def expected(self) -> str:
        return translated(self.stored.get("expected"))

    @property
    def seen(self) -> str:
        return translated(self.stored.get("seen"))

    @property
    def cause(self) -> str:
        return translated(self.stored.get("cause"))

    @property
    def url(self) -> str:
        if self.stored.get("kind") == "lesson":
            return reverse("courses:lesson", args=(self.stored["course"], self.stored["lesson"]))
        return reverse("labs:lab", args=(self.stored["lab"],)) if self.stored.get("lab") else ""
