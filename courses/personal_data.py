"""The part of a person's data export that courses hold: ``vaka.home.account_export`` writes the file."""

from typing import Any

from courses.models import Enrolment, LessonDone, RecallCard, SurveyReply, TestPaper
from vaka.accounts.models import User

MEMORY = ("stability", "difficulty")


def as_data(learner: User) -> dict[str, Any]:
    """Return courses and lessons as plain data. Answers are many, so the export reads them page by page from their model."""
    lessons = LessonDone.objects.filter(learner=learner).values("course", "lesson", "done_at")
    cards = RecallCard.objects.filter(learner=learner)
    return {
        "courses": list(Enrolment.objects.of(learner).values("course", "created_at")),
        "lessons": list(lessons),
        "tests": list(TestPaper.objects.filter(learner=learner).values("course", "part", "answers", "at")),
        "surveys": list(SurveyReply.objects.filter(learner=learner).values("course", "answers", "at")),
        "questions_that_come_back": list(cards.values("quiz", "question", "right", "answered_at", "due", *MEMORY)),
    }
