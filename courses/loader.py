"""Reads the content tree into courses. Reports all errors at once, each with its file and line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from courses.blueprint import Blueprint
from courses.blueprint_file import FILE as BLUEPRINT_FILE
from courses.blueprint_file import read_blueprint
from courses.certificate_rule import CertificateRule, build_rule
from courses.content import Course, Criterion, Lesson, Library, Module, Project, all_before
from courses.content_fields import COURSE, LESSON, MOST_OUTCOMES, PROJECT
from courses.directives import QUIZ_PLACE
from courses.glossary import TERMS, Glossary, Term
from courses.lesson_marks import Reading
from courses.markdown import to_html
from courses.number_places import Place, Places, Value
from courses.output_file import SUFFIX, file_of, read_outputs
from courses.placement import Placement
from courses.placement_file import FILE as PLACEMENT_FILE
from courses.placement_file import read_placement
from courses.quiz import Quiz
from courses.quiz_file import read_quiz
from courses.trainer import FILE as TRAINER_FILE
from courses.trainer import TrainerPage, read_trainer
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import MISSING, Problems, Shape
from labs.typed_yaml.yaml_file import FRONT, Marked, mark, read_yaml
from vaka.web.markdown import render

TRAINER_PAGE = "trainer"  # in the address of a course: see courses.urls
PROJECT_FILE = "project.md"


def library(root: Path) -> Library:
    """Return all content. Each process reads it once in each language; a new release starts new processes."""
    return _library(root, get_language())


def catalogue(root: Path) -> Mapping[str, Course]:
    """Return the courses by id, in the order of their folders."""
    return library(root).courses


@lru_cache(maxsize=32)
def _library(root: Path, language: str | None) -> Library:
    """Read the content for one language: the HTML of directives contains translated texts."""
    return read(root)


def clear_cache() -> None:
    """Read the content again on the next request, after an author has changed it."""
    _library.cache_clear()


def load(root: Path, labs: Collection[str] | None = None) -> Mapping[str, Course]:
    """Return the courses of ``read``."""
    return read(root, labs).courses


def read(root: Path, labs: Collection[str] | None = None) -> Library:
    """Read the glossary and all courses. With ``labs``, a lesson that names another lab is an error. Raises ContentErrors."""
    reader = _Reader(labs)
    reader.read_glossary(root / "glossary.yaml")
    courses: dict[str, Course] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        course = reader.course(folder)
        if course is not None and course.id in courses:
            reader.error(
                folder / "course.yaml",
                1,
                f'Another course has the id "{course.id}"; ids are unique. Choose another one.',
            )
        elif course is not None:
            courses[course.id] = course
    reader.check_prerequisites(courses)
    placement = reader.placement(root / PLACEMENT_FILE, list(courses))
    if reader.errors:
        raise AuthoringErrors(sorted(set(reader.errors)))
    return Library(courses=courses, glossary=reader.glossary, placement=placement)


@dataclass(slots=True)
class _Reader:
    labs: Collection[str] | None
    glossary: Glossary = field(default_factory=Glossary)
    quizzes: dict[str, Path] = field(default_factory=dict)
    prerequisite_lines: dict[tuple[str, int], int] = field(default_factory=dict)  # by course and number
    errors: list[AuthoringError] = field(default_factory=list)

    def error(self, file: Path, line: int, message: str) -> None:
        self.errors.append(AuthoringError(str(file), line, message))

    def read_glossary(self, file: Path) -> None:
        if not file.is_file():
            return  # a site may have none
        marked = read_yaml(file)
        written = self._shaped(TERMS, marked, file)
        terms: dict[str, Term] = {}
        for at, item in enumerate(written if isinstance(written, tuple) else ()):
            if not {"id", "term", "short"} <= item.keys():
                continue  # reported already
            if item["id"] in terms:
                self.error(
                    file,
                    marked.line((at, "id")),
                    f'Another term has the id "{item["id"]}"; ids are unique. Choose another one.',
                )
            terms[item["id"]] = Term(**{**item, "more": render(item.get("more", ""))})
        for term in terms.values():
            for other in term.see:
                if other not in terms:
                    self.error(
                        file,
                        self._term_line(marked, term.id),
                        f'"{term.id}" refers to "{other}", but there is no such term. Add it, or remove the reference.',
                    )
        self.glossary = Glossary.of(terms.values())

    def _term_line(self, marked: Marked, term: str) -> int:
        at = next(at for at, item in enumerate(marked.value) if item.get("id") == term)
        return marked.line((at, "see"))

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
                        folder / name,
                        2,
                        f'{seen[lesson.id].name} has the id "{lesson.id}" too; ids are unique. Choose another one.',
                    )
                elif lesson:
                    seen[lesson.id] = folder / name
                    lessons.append(lesson)
            modules.append(Module(id=module.get("id", ""), title=module.get("title", ""), lessons=tuple(lessons)))
        for stray in sorted({path.name for path in folder.glob("*.md")} - named - {PROJECT_FILE, TRAINER_FILE}):
            self.error(
                folder / stray, 1, "No module of course.yaml lists this lesson. Add it to one, or remove the file."
            )
        for quiz in sorted(folder.glob("*.quiz.yaml")):
            if quiz.name.replace(".quiz.yaml", ".md") not in named:
                self.error(
                    quiz,
                    1,
                    "No lesson belongs to this quiz. A lesson and its quiz have the same name: NAME.md, NAME.quiz.yaml.",
                )
        for outputs in sorted(folder.glob(f"*{SUFFIX}")):
            if outputs.name.replace(SUFFIX, ".md") not in named:
                self.error(outputs, 1, "No lesson belongs to these outputs. Remove the file.")
        known = {key: read.get(key, "") for key in ("id", "title", "summary")}
        outcomes = tuple(read.get("outcomes", ()))
        if len(outcomes) > MOST_OUTCOMES:
            message = (
                f"There are {len(outcomes)} outcomes, and at most {MOST_OUTCOMES} are possible. Join or remove some."
            )
            self.error(file, marked.line(("outcomes",)), message)
        prerequisites = tuple(read.get("prerequisites", ()))
        for at in range(len(prerequisites)):
            self.prerequisite_lines[known["id"], at] = marked.line(("prerequisites", at))
        course = Course(**known, modules=tuple(modules), outcomes=outcomes, prerequisites=prerequisites, folder=folder)
        return replace(
            course,
            certificate=self._rule(course, read.get("certificate"), marked, file),
            blueprint=self._blueprint(course),
            project=self._project(folder / PROJECT_FILE),
            trainer=self._trainer(course),
        )

    def check_prerequisites(self, courses: Mapping[str, Course]) -> None:
        """Report prerequisites that do not exist, and courses that are their own prerequisites, also through others."""
        for course in courses.values():
            for at, one in enumerate(course.prerequisites):
                file, line = course.folder / "course.yaml", self.prerequisite_lines[course.id, at]
                if one not in courses:
                    self.error(file, line, f'There is no course "{one}". Correct the id.')
                elif course.id in all_before(one, courses):
                    self.error(
                        file,
                        line,
                        f'"{one}" needs this course itself, so neither could be the first. Remove one of the two.',
                    )

    def _blueprint(self, course: Course) -> Blueprint | None:
        file = course.folder / BLUEPRINT_FILE
        if not file.is_file():
            return None
        marked, problems = read_yaml(file), Problems()
        for line, message in marked.errors:
            self.error(file, line, message)
        if marked.errors:
            return None
        reading = Reading(course.folder, self.glossary, may_show_numbers=False)
        lessons = [lesson.id for lesson in course.lessons()]
        found = read_blueprint(marked, course.id, lessons, reading.for_slide, problems)
        wrong = [*reading.errors, *((marked.line(path), message) for path, message in problems.found)]
        for line, message in wrong:
            self.error(file, line, message)
        return None if wrong else found

    def placement(self, file: Path, courses: list[str]) -> Placement | None:
        if not file.is_file():
            return None  # a site may have none
        marked, problems = read_yaml(file), Problems()
        reading = Reading(file.parent, self.glossary, may_show_numbers=False)
        found = None if marked.errors else read_placement(marked, courses, reading.for_slide, problems)
        wrong = [*marked.errors, *reading.errors, *((marked.line(path), message) for path, message in problems.found)]
        for line, message in wrong:
            self.error(file, line, message)
        return None if wrong else found

    def _project(self, file: Path) -> Project | None:
        if not file.is_file():
            return None
        text = file.read_text(encoding="utf-8")
        front = FRONT.match(text)
        if front is None:
            self.error(file, 1, "A closing project begins with a line ---, its keys, and another line ---.")
            return None
        read = self._shaped(PROJECT, mark(front["front"]), file, above=1)
        reading = Reading(file.parent, self.glossary, may_show_numbers=False)
        html = to_html(text[front.end() :], reading)
        for line, message in reading.errors:
            self.error(file, line + front[0].count("\n"), message)
        checklist = tuple(
            Criterion(**one) for one in read.get("checklist", ()) if len(one) == len(("text", "points", "shown_by"))
        )
        return Project(title=read.get("title", ""), minutes=read.get("minutes", 0), html=html, checklist=checklist)

    def _trainer(self, course: Course) -> TrainerPage | None:
        file = course.folder / TRAINER_FILE
        if not file.is_file():
            return None
        reading = Reading(course.folder, self.glossary, may_show_numbers=False)
        lessons = [lesson.id for lesson in course.lessons()]
        found, wrong = read_trainer(file.read_text(encoding="utf-8"), lessons, course.labs, reading.render)
        for line, message in [*wrong, *reading.errors]:
            self.error(file, line, message)
        return found

    def _rule(self, course: Course, written: Any, marked: Marked, file: Path) -> CertificateRule | None:
        problems = Problems()
        lessons = list(course.lessons())
        rule = build_rule(
            written,
            lessons=[lesson.id for lesson in lessons],
            quizzes=[lesson.id for lesson in lessons if lesson.quiz],
            labs=list(course.labs),
            problems=problems,
        )
        if not self.errors:  # otherwise the rule may name a lesson that could not be read
            for path, message in problems.found:
                self.error(file, marked.line(path), message)
        return rule

    def _listed(self, folder: Path, name: str, line: int) -> Lesson | None:
        if "/" in name or not (folder / name).is_file():
            self.error(
                folder / "course.yaml",
                line,
                f'There is no file "{name}" in the folder of the course. Add it, or correct the name.',
            )
            return None
        return self._lesson(folder / name)

    def _lesson(self, file: Path) -> Lesson | None:
        text = file.read_text(encoding="utf-8")
        front = FRONT.match(text)
        if front is None:
            self.error(
                file, 1, "The front matter is missing. A lesson begins with a line ---, its keys, and another line ---."
            )
            return None
        read = self._shaped(LESSON, mark(front["front"]), file, above=1)
        if read.get("id") == TRAINER_PAGE:
            message = f'The address of a lesson "{TRAINER_PAGE}" is that of the page for trainers. Choose another id.'
            self.error(file, 2, message)
        above = front[0].count("\n")
        body = text[front.end() :]
        recorded, wrong = read_outputs(file_of(file))
        for line, message in wrong:
            self.error(file_of(file), line, message)
        reading = Reading(file.parent, self.glossary, places=Places(read.get("lab", "")), recorded=recorded)
        html = to_html(body, reading)
        for line, message in reading.errors:
            self.error(file, line + above, message)
        outputs = tuple(replace(block, line=block.line + above) for block in reading.outputs)
        places = tuple(_lower(place, above) for place in reading.places.made)
        wanted = [*((line + above, lab) for line, lab in reading.labs), (2, read.get("lab", ""))]
        wanted += [(place.line, place.lab) for place in places if isinstance(place, Value)]
        for line, lab in wanted:
            if lab and self.labs is not None and lab not in self.labs:
                self.error(file, line, f'There is no lab "{lab}" in the catalogue. Correct the id.')
        quiz = self._quiz(file.with_suffix(".quiz.yaml"), reading)
        if reading.has_quiz_place and quiz is None:
            self.error(
                file,
                1,
                f'The lesson has ::: quiz, but no valid file "{file.stem}.quiz.yaml". Write the file, or remove ::: quiz.',
            )
        before, _place, after = html.partition(QUIZ_PLACE)
        return Lesson(
            **{key: read.get(key, "") for key in ("id", "title", "summary", "lab")},
            minutes=read.get("minutes", 0),
            words=read.get("words", {}),
            terms=tuple(sorted(reading.terms.values(), key=lambda term: term.term.casefold())),
            html=SafeString(before),
            after_quiz=SafeString(after),
            quiz=quiz,
            places=places,
            outputs=outputs,
            slides=tuple(replace(slide, line=slide.line + above) for slide in reading.slides),
            text="\n".join(reading.shown),
            file=file,
        )

    def _quiz(self, file: Path, lesson: Reading) -> Quiz | None:
        if not file.is_file():
            return None
        marked = read_yaml(file)
        for line, message in marked.errors:
            self.error(file, line, message)
        if marked.errors:
            return None
        problems = Problems()
        reading = Reading(
            file.parent, self.glossary, terms=lesson.terms, may_show_numbers=False, popovers=lesson.popovers
        )
        quiz = read_quiz(marked, reading.render, problems)
        wrong = [*reading.errors, *((marked.line(path), message) for path, message in problems.found)]
        for line, message in wrong:
            self.error(file, line, message)
        if quiz is None or wrong:
            return None
        if quiz.id in self.quizzes:
            self.error(
                file,
                marked.line(("id",)),
                f'{self.quizzes[quiz.id].name} has the id "{quiz.id}" too; ids are unique. Choose another one.',
            )
        self.quizzes[quiz.id] = file
        return quiz

    def _shaped(self, shape: Shape, marked: Marked, file: Path, above: int = 0) -> Any:
        for line, message in marked.errors:
            self.error(file, line + above, message)
        if marked.value is None and marked.errors:
            return {}
        problems = Problems()
        read = shape.read(marked.value, (), problems)
        for path, message in problems.found:
            self.error(file, marked.line(path) + above, message)
        return {} if read is MISSING else read


def _lower(place: Place, above: int) -> Place:
    """Return the place with its line in the file; ABOVE is the number of lines above the text."""
    return replace(place, line=place.line + above) if isinstance(place, Value) else place
