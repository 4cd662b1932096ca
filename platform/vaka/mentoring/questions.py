"""A trainee's questions to a mentor: what one is about, how it is asked, answered and closed.

The subject is a copy from the time of the question: of a lesson, or of a check with its verdict. Templates show it through
vaka.mentoring.pages.question_subject.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.content import Course, Lesson
from courses.loader import catalogue
from labs.engine.runtime.changes import safe_text
from labs.models import Attempt, LabSession, VerdictRecord
from labs.pages.check_row import can_log_in
from labs.pages.lab_page import LabPage
from vaka.accounts.models import User
from vaka.mentoring.models import Mentorship, Note, Question

LONGEST_EVIDENCE = 6000  # characters that are shown or stored

MOST_TEXTS = 1000  # questions of one trainee, with their own replies; each has at most 5000 characters

ASKABLE_OUTCOMES = ("failed", "unknown")


def about_lesson(course: Course, lesson: Lesson) -> dict[str, Any]:
    titles = {"title": lesson.title, "course_title": course.title}
    return {"kind": "lesson", "course": course.id, "lesson": lesson.id, **titles}


def about_check(session: LabSession, check_id: str, page: LabPage) -> tuple[dict[str, Any], Attempt | None] | None:
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
        "command": row.command if can_log_in(page.lab, row.node) else "",
        "node": row.node,
        "evidence": evidence(last.evidence) if last else "",
    }
    return about, last.attempt if last else None


def lab_of(about: Mapping[str, Any]) -> str:
    """Return the lab of a subject: that of the check, or the one to which the lesson leads; empty if there is none."""
    if about.get("kind") != "lesson":
        return str(about.get("lab", ""))
    course = catalogue(settings.COURSE_CONTENT).get(str(about.get("course", "")))
    lesson = course.lesson(str(about.get("lesson", ""))) if course else None
    return lesson.lab if lesson else ""


def evidence(found: Mapping[str, Any]) -> str:
    """Return a check's evidence as text to show: of limited length, without control characters. Templates escape it."""
    if not found:
        return ""
    return safe_text(json.dumps(found, indent=1, ensure_ascii=False, default=str))[:LONGEST_EVIDENCE]


def may_write(person: User) -> bool:
    """Whether a trainee may ask or reply once more. With a question that they delete, all its replies go."""
    replies = Note.objects.filter(trainee=person, author=person)
    return Question.objects.filter(trainee=person).count() + replies.count() < MOST_TEXTS


def ask(mentorship: Mentorship, text: str, about: dict[str, Any], attempt: Attempt | None = None) -> Question:
    now = timezone.now()
    context = {"programme": mentorship.programme, "trainee": mentorship.trainee, "attempt": attempt}
    return Question.objects.create(**context, text=text, about=about, asked_at=now, waits_since=now)


@transaction.atomic
def reply(question: Question, author: User, text: str) -> Note:
    """Reply to a question. A mentor's reply answers it; the trainee's own reply opens it again."""
    is_trainee = author.pk == question.trainee_id
    now = timezone.now()
    note = Note.objects.create(
        programme=question.programme,
        trainee=question.trainee,
        author=author,
        reach=Note.Reach.SHARED,
        text=text,
        question=question,
        written_at=now,
        seen_at=now if is_trainee else None,
    )
    open_again = Q(pk=question.pk, waits_since=None) if is_trainee else Q(pk=question.pk)
    Question.objects.filter(open_again).update(waits_since=now if is_trainee else None)
    return note


def close(question: Question) -> None:
    """Mark the question as answered, because the trainee needs no answer any more."""
    Question.objects.filter(pk=question.pk).update(waits_since=None)
