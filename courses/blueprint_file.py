"""Reads blueprint.yaml of a course, and reports every problem in it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from courses.blueprint import Blueprint, Objective, Part, SurveyItem
from courses.quiz import Question, Quiz
from courses.quiz_file import ID, LINE, TEXT, Markdown, read_question
from labs.typed_yaml.shapes import AnyMap, Field, ListOf, Path, Problems, Record, Word, nearest
from labs.typed_yaml.yaml_file import Marked

FILE = "blueprint.yaml"
OBJECTIVE = Record(
    "an objective",
    {
        "id": Field(ID, "never changes: stored papers refer to it", required=True),
        "text": Field(LINE, "what a person can do", required=True),
        "lesson": Field(ID, "the id of the lesson that teaches it", required=True),
    },
)
SURVEY_ITEM = Record(
    "a question of the survey",
    {
        "id": Field(ID, "never changes: stored replies refer to it", required=True),
        "ask": Field(TEXT, "a sentence to agree with, or a question", required=True),
        "kind": Field(Word(wanted="rating or text", pattern="rating|text"), "rating or text", required=True),
    },
)
ITEMS = ListOf(AnyMap(), least=1)
BLUEPRINT = Record(
    "a blueprint",
    {
        "objectives": Field(ListOf(OBJECTIVE, least=1), "what the course teaches", required=True),
        "before": Field(ITEMS, "the questions of the test before the course", required=True),
        "after": Field(ITEMS, "the questions of the test after the course", required=True),
        "survey": Field(ListOf(SURVEY_ITEM), "the questions of the survey"),
    },
)
NOT_SHOWN = "-"  # a test explains nothing, so its questions have no "right" and "wrong"


def read_blueprint(
    marked: Marked, course: str, lessons: list[str], markdown: Markdown, problems: Problems
) -> Blueprint | None:
    """Return the blueprint, or None. Add each problem with its path to PROBLEMS."""
    read = BLUEPRINT.read(marked.value, (), problems)
    if not isinstance(read, Mapping) or problems.found:
        return None
    objectives = tuple(Objective(**one) for one in read["objectives"])
    for at, one in enumerate(objectives):
        if one.lesson not in lessons:
            message = f'There is no lesson "{one.lesson}" in the course: {nearest(one.lesson, lessons)}'
            problems.add(("objectives", at, "lesson"), message)
    tests, objective_of = {}, dict[str, str]()
    for part in Part:
        questions = _items(marked, part, {one.id for one in objectives}, objective_of, markdown, problems)
        tests[part] = Quiz(id=f"{course}-{part}", questions=questions)
    _check_balance(marked.value, objectives, problems)
    survey = tuple(
        SurveyItem(
            id=one["id"],
            ask=markdown(one["ask"], marked.line(("survey", at, "ask"))),
            is_rating=one["kind"] == "rating",
        )
        for at, one in enumerate(read.get("survey", ()))
    )
    for name, found in (("objectives", objectives), ("survey", survey)):
        for id_, count in Counter(entry.id for entry in found).items():
            if count > 1:
                problems.add((name,), f'The id "{id_}" is there {count} times; ids are unique. Choose another one.')
    return Blueprint(objectives=objectives, tests=tests, objective_of=objective_of, survey=survey)


def _items(
    marked: Marked,
    part: Part,
    objectives: set[str],
    objective_of: dict[str, str],
    markdown: Markdown,
    problems: Problems,
) -> tuple[Question, ...]:
    """Return the questions of one test. Add the objective of each to OBJECTIVE_OF."""
    found = []
    for at, item in enumerate(marked.value[part]):
        path: Path = (str(part), at)
        objective = item.get("objective")
        if objective not in objectives:
            problems.add(
                path, f"Each question names one of the objectives: objective: {', '.join(sorted(objectives))}."
            )
        if shown := {"right", "wrong"} & item.keys():
            problems.add((*path, min(shown)), "A test explains nothing, so that its questions can be used again.")
        rest = {key: value for key, value in item.items() if key != "objective"}
        question = read_question({**rest, "right": NOT_SHOWN, "wrong": NOT_SHOWN}, path, marked, markdown, problems)
        if question and question.id in objective_of:
            problems.add(
                (*path, "id"),
                f'Another question has the id "{question.id}"; ids are unique over both tests. Choose another one.',
            )
        elif question:
            objective_of[question.id] = str(objective)
            found.append(question)
    return tuple(found)


def _check_balance(written: Mapping[str, Any], objectives: tuple[Objective, ...], problems: Problems) -> None:
    """Report two tests that do not measure the same objectives, and a question that is in both."""
    counts = {part: Counter(item.get("objective") for item in written[part]) for part in Part}
    for at, one in enumerate(objectives):
        before, after = (counts[part][one.id] for part in Part)
        if before != after or not before:
            message = (
                f"The test before has {before} questions for this objective and the test after {after}. "
                "Both need the same number, at least 1."
            )
            problems.add(("objectives", at), message)
    asked = {" ".join(str(item.get("ask")).split()) for item in written[Part.BEFORE]}
    for at, item in enumerate(written[Part.AFTER]):
        if " ".join(str(item.get("ask")).split()) in asked:
            problems.add(
                (str(Part.AFTER), at, "ask"), "The test before asks the same. Ask for the objective in another way."
            )
