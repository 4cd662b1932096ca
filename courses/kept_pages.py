"""Which pages a browser keeps for a person who reads without a connection. The pages themselves: ``courses.kept_views``."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from courses.content import Course, Lesson
from courses.loader import catalogue, library
from courses.models import Enrolment
from labs.registry import seeds
from vaka.accounts.models import User

MOST = 200  # pages


@dataclass(frozen=True, slots=True)
class KeptPage:
    """``digest`` changes when the page does, also with the language and with the files that it needs."""

    path: str
    digest: str


def courses_of(learner: User) -> list[Course]:
    """Return the courses that the learner takes, the latest first."""
    found = catalogue(settings.COURSE_CONTENT)
    taken = Enrolment.objects.of(learner).values_list("course", flat=True)
    return [found[course] for course in taken if course in found]


def kept_pages(learner: User, files: Iterable[str]) -> list[KeptPage]:
    """Return the pages to keep, the most important first. Empty for a person who takes no course. It takes two queries."""
    courses = courses_of(learner)
    if not courses:
        return []
    lessons = [(course, lesson) for course in courses for lesson in course.lessons()]
    labs = sorted({place.lab for _course, lesson in lessons for place in lesson.places})
    common = [get_language(), learner.pk, sorted(seeds.kept_for(learner, labs).items()), list(files)]
    pages = [
        KeptPage(reverse("courses:kept_courses"), _digest(common, [course.title for course in courses])),
        *(
            KeptPage(reverse("courses:kept_course", args=(course.id,)), _digest(common, _contents(course)))
            for course in courses
        ),
        *(
            KeptPage(
                reverse("courses:kept_lesson", args=(course.id, lesson.id)), _digest(common, _text(course, lesson))
            )
            for course, lesson in lessons
        ),
    ]
    glossary = library(settings.COURSE_CONTENT).glossary.terms.values()
    pages.insert(1, KeptPage(reverse("courses:kept_glossary"), _digest(common, map(repr, glossary))))
    return pages[:MOST]


def _contents(course: Course) -> Iterator[str]:
    yield from (course.title, course.summary)
    for lesson in course.lessons():
        yield from (lesson.title, lesson.summary)


def _text(course: Course, lesson: Lesson) -> list[str]:
    after = course.after(lesson)
    return [
        lesson.title,
        lesson.summary,
        lesson.html,
        lesson.after_quiz,
        repr(lesson.quiz),
        repr(lesson.terms),
        after.title if after else "",
    ]


def _digest(common: list[object], texts: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps([common, list(texts)], default=str).encode()).hexdigest()[:16]
