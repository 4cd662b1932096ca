"""Reads placement.yaml, the placement test of all courses, and reports every problem in it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from courses.blueprint_file import NOT_SHOWN
from courses.placement import Placement
from courses.quiz import Quiz
from courses.quiz_file import Markdown, read_question
from labs.typed_yaml.shapes import AnyMap, Field, ListOf, Path, Problems, Record, nearest
from labs.typed_yaml.yaml_file import Marked

FILE = "placement.yaml"
PLACEMENT = Record(
    "a placement test",
    {
        "questions": Field(
            ListOf(AnyMap(), least=1), "its questions, each with the course that it is about", required=True
        )
    },
)


def read_placement(marked: Marked, courses: Sequence[str], markdown: Markdown, problems: Problems) -> Placement | None:
    """Return the test, or None. Add each problem with its path to PROBLEMS."""
    read = PLACEMENT.read(marked.value, (), problems)
    if not isinstance(read, Mapping) or problems.found:
        return None
    questions, course_of = [], dict[str, str]()
    for at, item in enumerate(marked.value["questions"]):
        path: Path = ("questions", at)
        course = str(item.get("course", ""))
        if course not in courses:
            problems.add(
                (*path, "course") if course else path, f"Each question names a course: {nearest(course, courses)}"
            )
        for shown in sorted({"right", "wrong"} & item.keys()):
            problems.add(
                (*path, shown), "A placement test explains nothing: its questions are about the courses to come."
            )
        rest = {key: value for key, value in item.items() if key != "course"}
        question = read_question({**rest, "right": NOT_SHOWN, "wrong": NOT_SHOWN}, path, marked, markdown, problems)
        if question:
            questions.append(question)
            course_of[question.id] = course
    for id_, count in Counter(question.id for question in questions).items():
        if count > 1:
            problems.add(("questions",), f'The id "{id_}" is there {count} times; ids are unique. Choose another one.')
    return Placement(quiz=Quiz(id="placement", questions=tuple(questions)), course_of=course_of)
