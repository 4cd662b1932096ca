"""What a question is about: the lesson, or the check with what it said, kept as it was when the trainee asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from courses.content import Course, Lesson
from labs.engine.runtime.changes import safe_text
from labs.models import Attempt, LabSession, VerdictRecord
from labs.pages.lab_page import LabPage
from labs.pages.stages import SHAPES, words

LONGEST = 6000  # characters of evidence that are shown or kept

MAY_BE_ASKED = ("failed", "unknown")


def of_lesson(course: Course, lesson: Lesson) -> dict[str, Any]:
    titles = {"title": lesson.title, "course_title": course.title}
    return {"kind": "lesson", "course": course.id, "lesson": lesson.id, **titles}


def of_check(session: LabSession, check_id: str, page: LabPage) -> tuple[dict[str, Any], Attempt | None] | None:
    """The check as it is now, and the attempt that looked at it last; None if its learner sees no such failed check."""
    row = session.check_statuses.filter(check_id=check_id, outcome__in=MAY_BE_ASKED).first()
    known = {check.id: (stage, check) for stage in page.lab.stages for check in stage.checks}
    if row is None or check_id not in known:
        return None
    stage, check = known[check_id]
    if not check.is_shown(passed=row.first_passed_at is not None):
        return None
    seen = VerdictRecord.objects.filter(attempt__session=session, attempt__learner=page.learner, check_id=check_id)
    last = seen.filter(outcome=row.outcome).select_related("attempt").order_by("-attempt_id").first()
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
    """What a check heard, as text that can be shown: bounded, without control characters. The template escapes it."""
    if not found:
        return ""
    return safe_text(json.dumps(found, indent=1, ensure_ascii=False, default=str))[:LONGEST]


@dataclass(frozen=True, slots=True)
class About:
    """For the templates: what a question is about."""

    facts: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.facts.get(name, "")

    @property
    def shape(self) -> str:
        return SHAPES.get(self.facts.get("outcome", ""), "none")

    @property
    def expected(self) -> str:
        return words(self.facts.get("expected"))

    @property
    def seen(self) -> str:
        return words(self.facts.get("seen"))

    @property
    def cause(self) -> str:
        return words(self.facts.get("cause"))

    @property
    def url(self) -> str:
        if self.facts.get("kind") == "lesson":
            return reverse("courses:lesson", args=(self.facts["course"], self.facts["lesson"]))
        return reverse("labs:lab", args=(self.facts["lab"],)) if self.facts.get("lab") else ""
