"""Courses, modules and lessons as frozen dataclasses. ``courses.loader`` builds them from a folder. No database here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.safestring import SafeString

from courses.blueprint import Blueprint
from courses.certificate_rule import CertificateRule
from courses.glossary import Glossary, Term
from courses.number_places import Place
from courses.output_block import OutputBlock
from courses.placement import Placement
from courses.quiz import Quiz
from courses.slides import Slide
from courses.trainer import TrainerPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    id: str  # stable, also when the file is renamed: the database refers to it
    title: str
    summary: str  # what a learner can do after it
    minutes: int
    lab: str  # the id of the lab to do after it, or of which it does a part; empty if there is none
    words: Mapping[str, str]  # words that the lesson itself defines, with their meaning
    terms: tuple[Term, ...]  # the glossary terms that the lesson uses
    html: SafeString  # the part before the quiz
    after_quiz: SafeString
    quiz: Quiz | None
    places: tuple[Place, ...] = ()  # what the marks in html and after_quiz stand for (courses.own_numbers)
    outputs: tuple[OutputBlock, ...] = ()  # the outputs of labs that the lesson shows
    slides: tuple[Slide, ...] = ()
    text: str  # the Markdown without what only slides show, for the search
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    id: str
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A line of the checklist by which a closing project is marked."""

    text: str
    points: int
    shown_by: str  # what the person who marks looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The closing project of a course. Learners read the checklist too."""

    title: str
    minutes: int
    html: SafeString
    checklist: tuple[Criterion, ...]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.checklist)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    id: str
    title: str
    summary: str
    modules: tuple[Module, ...]
    outcomes: tuple[str, ...] = ()  # what a person can do afterwards
    prerequisites: tuple[str, ...] = ()  # ids of the courses that a learner should have done before
    certificate: CertificateRule | None = None  # None: the course gives no certificate
    blueprint: Blueprint | None = None  # None: the course has no tests and no survey
    project: Project | None = None
    trainer: TrainerPage | None = None  # only people who teach read it
    folder: Path

    def lessons(self) -> Iterator[Lesson]:
        for module in self.modules:
            yield from module.lessons

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons())

    @property
    def labs(self) -> tuple[str, ...]:
        """The ids of its labs, in order. Two lessons may share a lab."""
        return tuple(dict.fromkeys(lesson.lab for lesson in self.lessons() if lesson.lab))

    def lesson_of(self, lab: str) -> Lesson | None:
        """The lesson to which a lab belongs: of those that do it part by part, the one that ends it."""
        return next((lesson for lesson in reversed(list(self.lessons())) if lesson.lab == lab), None)

    @property
    def lab_count(self) -> int:
        return len(self.labs)

    def lesson(self, lesson_id: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons() if lesson.id == lesson_id), None)

    def after(self, lesson: Lesson) -> Lesson | None:
        """The next lesson; None after the last."""
        lessons = list(self.lessons())
        position = lessons.index(lesson) + 1
        return lessons[position] if position < len(lessons) else None

    def before(self, lesson: Lesson) -> Lesson | None:
        """The lesson before this one; None before the first."""
        lessons = list(self.lessons())
        position = lessons.index(lesson)
        return lessons[position - 1] if position else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Library:
    """The whole content tree: all courses, the glossary, and the placement test if there is one.

    Each reading makes a new object, so it can be a key of a cache.
    """

    courses: Mapping[str, Course]
    glossary: Glossary
    placement: Placement | None = None


def all_before(course: str, courses: Mapping[str, Course]) -> frozenset[str]:
    """Return the course with its prerequisites, their prerequisites, and so on; those that exist."""
    found: set[str] = set()
    todo = [course]
    while todo:
        one = todo.pop()
        if one in courses and one not in found:
            found.add(one)
            todo += courses[one].prerequisites
    return frozenset(found)
