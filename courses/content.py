"""What a course is: frozen dataclasses, built by ``courses.loader`` from a folder. No database here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.safestring import SafeString

from courses.certificate_rule import Rule
from courses.glossary import Glossary, Term
from courses.quiz import Quiz


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    id: str  # stable, also when the file is renamed: what people did is kept by it
    title: str
    summary: str  # what a learner can do after it
    minutes: int
    lab: str  # the id of the lab to do after it; may be empty
    words: Mapping[str, str]  # what the lesson's words mean
    terms: tuple[Term, ...]  # of the glossary, that it uses
    html: SafeString  # up to the quiz
    after_quiz: SafeString
    quiz: Quiz | None
    text: str  # as written, for the search
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    id: str
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    id: str
    title: str
    summary: str
    modules: tuple[Module, ...]
    certificate: Rule | None = None  # what it asks before it gives one; None: it gives none

    def lessons(self) -> Iterator[Lesson]:
        for module in self.modules:
            yield from module.lessons

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons())

    @property
    def lab_count(self) -> int:
        return len({lesson.lab for lesson in self.lessons() if lesson.lab})  # two lessons may share one

    def lesson(self, lesson_id: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons() if lesson.id == lesson_id), None)

    def after(self, lesson: Lesson) -> Lesson | None:
        """The lesson that follows; None after the last."""
        lessons = list(self.lessons())
        at = lessons.index(lesson) + 1
        return lessons[at] if at < len(lessons) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All that the content tree holds."""

    courses: Mapping[str, Course]
    glossary: Glossary
