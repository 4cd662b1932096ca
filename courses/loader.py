"""Reads the content tree into courses, and says all that is wrong with it at once, each with file and line."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from courses.content import Course, Lesson, Module
from courses.markdown import Reading, to_html
from labs.engine.shapes import Field, ListOf, MapOf, Number, Problems, Record, Word
from labs.engine.yamlfile import Marked, mark, read_yaml

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
TEXT = Word()
LESSON = Record(
    what="a lesson",
    fields={
        "id": Field(ID, "never changes: what people did is kept by it", required=True),
        "title": Field(TEXT, "what the lesson is called", required=True),
        "summary": Field(TEXT, "what a learner can do after it", required=True),
        "minutes": Field(Number(1, 600), "how long it takes to read", required=True),
        "lab": Field(ID, "the lab to do after it"),
        "words": Field(MapOf(TEXT, TEXT), "the lesson's words and what they mean"),
    },
)
MODULE = Record(
    what="a module",
    fields={
        "id": Field(ID, "never changes", required=True),
        "title": Field(TEXT, "what the module is called", required=True),
        "lessons": Field(ListOf(TEXT, least=1), "the files of its lessons, in order", required=True),
    },
)
COURSE = Record(
    what="a course",
    fields={
        "id": Field(ID, "never changes", required=True),
        "title": Field(TEXT, "what the course is called", required=True),
        "summary": Field(TEXT, "what a learner can do after it", required=True),
        "modules": Field(ListOf(MODULE, least=1), "its modules, in order", required=True),
    },
)
FRONT = re.compile(r"\A---\n(.*?)^---\n", re.M | re.S)


@dataclass(frozen=True, slots=True, order=True)
class ContentError:
    """One mistake of an author."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentErrors(Exception):
    """The content is wrong; ``errors`` has all of it."""

    def __init__(self, errors: Sequence[ContentError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = list(errors)


def catalogue(root: Path) -> Mapping[str, Course]:
    """Return the courses by id, in the order of their folders. They are read once; a new release starts new processes."""
    return _catalogue(root, get_language())


@lru_cache(maxsize=32)
def _catalogue(root: Path, language: str | None) -> Mapping[str, Course]:
    """Directives hold words of ours, so each language has its own reading."""
    return load(root)


def load(root: Path, labs: Collection[str] | None = None) -> Mapping[str, Course]:
    """Read all courses. With ``labs``, a lesson may name only those."""
    reader = _Reader(labs)
    courses: dict[str, Course] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        course = reader.course(folder)
        if course is not None and course.id in courses:
            reader.error(folder / "course.yaml", 1, f'Another course has the id "{course.id}"; ids are unique.')
        elif course is not None:
            courses[course.id] = course
    if reader.errors:
        raise ContentErrors(sorted(set(reader.errors)))
    return courses


@dataclass(slots=True)
class _Reader:
    labs: Collection[str] | None
    errors: list[ContentError] = field(default_factory=list)

    def error(self, file: Path, line: int, message: str) -> None:
        self.errors.append(ContentError(str(file), line, message))

    def course(self, folder: Path) -> Course | None:
        file = folder / "course.yaml"
        if not file.is_file():
            self.error(file, 1, "The file is missing; each course folder needs one.")
            return None
        marked = read_yaml(file)
        read = self._shaped(COURSE, marked, file)
        seen: dict[str, Path] = {}
        named: set[str] = set()
        modules = []
        for at, module in enumerate(read.get("modules", ())):
            lessons = []
            for name in module.get("lessons", ()):
                named.add(name)
                line = marked.line(("modules", at, "lessons"))
                lesson = self._listed(folder, name, line)
                if lesson and lesson.id in seen:
                    self.error(
                        folder / name, 2, f'{seen[lesson.id].name} has the id "{lesson.id}" too; ids are unique.'
                    )
                elif lesson:
                    seen[lesson.id] = folder / name
                    lessons.append(lesson)
            modules.append(Module(id=module.get("id", ""), title=module.get("title", ""), lessons=tuple(lessons)))
        for stray in sorted({path.name for path in folder.glob("*.md")} - named):
            self.error(folder / stray, 1, "No module of course.yaml lists this lesson.")
        known = {key: read.get(key, "") for key in ("id", "title", "summary")}
        return Course(**known, modules=tuple(modules))

    def _listed(self, folder: Path, name: str, line: int) -> Lesson | None:
        if "/" in name or not (folder / name).is_file():
            self.error(folder / "course.yaml", line, f'There is no file "{name}" in the folder of the course.')
            return None
        return self._lesson(folder / name)

    def _lesson(self, file: Path) -> Lesson | None:
        text = file.read_text(encoding="utf-8")
        front = FRONT.match(text)
        if front is None:
            self.error(file, 1, "A lesson begins with its front matter: a line ---, its keys, and a line --- again.")
            return None
        read = self._shaped(LESSON, mark(front[1]), file, above=1)
        above = front[0].count("\n")
        reading = Reading(file.parent)
        html = to_html(text[front.end() :], reading)
        for line, message in reading.errors:
            self.error(file, line + above, message)
        wanted = [*((line + above, lab) for line, lab in reading.labs), (2, read.get("lab", ""))]
        for line, lab in wanted:
            if lab and self.labs is not None and lab not in self.labs:
                self.error(file, line, f'There is no lab "{lab}" in the catalogue.')
        known = {key: read.get(key, "") for key in ("id", "title", "summary", "lab")}
        return Lesson(**known, minutes=read.get("minutes", 0), words=read.get("words", {}), html=html, file=file)

    def _shaped(self, shape: Record, marked: Marked, file: Path, above: int = 0) -> Mapping[str, Any]:
        for line, message in marked.errors:
            self.error(file, line + above, message)
        if marked.value is None and marked.errors:
            return {}
        problems = Problems()
        read = shape.read(marked.value, (), problems)
        for path, message in problems.found:
            self.error(file, marked.line(path) + above, message)
        return read if isinstance(read, dict) else {}
