"""The list of pages that a browser keeps for reading without a connection. The pages themselves: ``courses.views.kept_pages``."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from courses.content import Course, Lesson, Library
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
    """Return the courses in which the learner is enrolled, the latest first."""
    found = catalogue(settings.COURSE_CONTENT)
    taken = Enrolment.objects.of(learner).values_list("course", flat=True)
    return [found[course] for course in taken if course in found]


def kept_pages(learner: User, files: Iterable[str]) -> list[KeptPage]:
    """Return the pages to keep, the most important first. Empty for a person who is enrolled in none. It takes two queries."""
    courses = courses_of(learner)
    if not courses:
        return []
    lessons = [(course, lesson) for course in courses for lesson in course.lessons()]
    labs = sorted({place.lab for _course, lesson in lessons for place in lesson.places})
    common = [get_language(), learner.pk, sorted(seeds.kept_for(learner, labs).items()), list(files)]
    text = _text_digests(library(settings.COURSE_CONTENT), get_language())
    addresses = [
        (reverse("courses:kept_courses"), _digest([course.title for course in courses])),
        (reverse("courses:kept_glossary"), text[()]),
        *((reverse("courses:kept_course", args=(course.id,)), text[course.id,]) for course in courses),
        *(
            (reverse("courses:kept_lesson", args=(course.id, lesson.id)), text[course.id, lesson.id])
            for course, lesson in lessons
        ),
    ]
    return [KeptPage(path, _digest([common, digest])) for path, digest in addresses[:MOST]]


_digests: dict[str | None, tuple[Library, dict[tuple[str, ...], str]]] = {}  # by language


def _text_digests(content: Library, language: str | None) -> dict[tuple[str, ...], str]:
    """Return a digest of the text of each course, each lesson and of the glossary, by ids. They are made once for a content."""
    held = _digests.get(language)
    if held is None or held[0] is not content:
        found: dict[tuple[str, ...], str] = {(): _digest(map(repr, content.glossary.terms.values()))}
        found |= {(course.id,): _digest(_contents(course)) for course in content.courses.values()}
        found |= {
            (course.id, lesson.id): _digest(_text(course, lesson))
            for course in content.courses.values()
            for lesson in course.lessons()
        }
        held = _digests[language] = (content, found)
    return held[1]


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


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(parts), default=str).encode()).hexdigest()[:16]
