"""Asks the database what a learner did, in three questions for any number of courses."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F

from courses.content import Course
from courses.models import LessonDone, QuizAnswer
from courses.progress import Progress, progress
from labs.models import Attempt
from vaka.accounts.models import User


def standing(learner: User, course: Course) -> Progress:
    return standings(learner, [course])[0]


def standings(learner: User, courses: Iterable[Course]) -> list[Progress]:
    done: dict[str, set[str]] = defaultdict(set)
    for course, lesson in LessonDone.objects.filter(learner=learner).values_list("course", "lesson"):
        done[course].add(lesson)
    answered = QuizAnswer.objects.finished(learner)
    labs = labs_passed(learner)
    return [progress(course, done[course.id], answered, labs) for course in courses]


def labs_passed(learner: User) -> set[str]:
    """Return the labs of which an attempt has all points, and nothing that we could not look at."""
    whole = Attempt.objects.filter(learner=learner, kind=Attempt.Kind.ATTEMPT, unknown=0, score=F("out_of"))
    return set(whole.filter(out_of__gt=0).order_by().values_list("lab", flat=True).distinct())
