"""The material that a course should have for a class and lacks: outcomes, slides, tests, a survey, a closing project,
a page for trainers. These are warnings.

A course without them works for a learner alone. A mistake in them is an error of ``courses.loader``.
"""

from collections.abc import Iterator

from courses.blueprint_file import FILE as BLUEPRINT
from courses.content import Course, Lesson
from courses.loader import PROJECT_FILE
from courses.output_file import file_of, read_outputs
from courses.slides import MOST_COLUMNS, SlideKind
from courses.trainer import FILE as TRAINER_FILE
from labs.typed_yaml.authoring_errors import AuthoringError

ALLOWED_OVER = 1.35  # a screen may be larger by this: its letters get smaller, and can still be read


def missing(course: Course) -> Iterator[AuthoringError]:
    """Yield what is missing, each with a file and a line."""
    file = str(course.folder / "course.yaml")
    if course.blueprint is None:
        yield AuthoringError(file, 1, f"The course has no {BLUEPRINT}: no tests before and after, no survey.")
    elif not course.blueprint.survey:
        yield AuthoringError(str(course.folder / BLUEPRINT), 1, "The course has no survey.")
    if course.project is None:
        yield AuthoringError(file, 1, f"The course has no closing project. Write {PROJECT_FILE}.")
    if not course.outcomes:
        yield AuthoringError(
            file, 1, 'The course has no outcomes. Write under "outcomes" what a person can do after it.'
        )
    if course.trainer is None:
        yield AuthoringError(file, 1, f"The course has no page for trainers. Write {TRAINER_FILE}.")
    for lesson in course.lessons():
        for line, message in _of_lesson(lesson):
            yield AuthoringError(str(lesson.file), line, message)


def _of_lesson(lesson: Lesson) -> Iterator[tuple[int, str]]:
    kinds = {slide.kind for slide in lesson.slides}
    if SlideKind.SUMMARY not in kinds:
        yield 1, "The lesson has no summary. Write three lines between ::: summary and :::."
    if not any(slide.written_notes for slide in lesson.slides):
        yield 1, "The lesson has no notes for trainers. Write what to say and to ask between ::: notes and :::."
    recorded, _wrong = read_outputs(file_of(lesson.file))
    for block in lesson.outputs:
        lines = recorded[block.key].screen.splitlines() if block.key in recorded else []
        columns = max((len(line.expandtabs()) for line in lines), default=0)
        if columns > ALLOWED_OVER * MOST_COLUMNS:
            yield (
                block.line,
                f"On its slide this output has {columns} columns: too small to read from the back of a room. Shorten it with "
                "only, drop or cut.",
            )
