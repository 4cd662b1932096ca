"""Reads a quiz from its YAML file and reports every problem in it."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from courses.quiz import (
    Address,
    Choice,
    Command,
    Match,
    Number,
    Option,
    Order,
    Prefix,
    Question,
    Quiz,
    Unreadable,
    in_full,
)
from labs.typed_yaml.shapes import Address as AddressShape
from labs.typed_yaml.shapes import AnyMap, Field, Flag, ListOf, Path, Problems, Record, Shape, Word, nearest
from labs.typed_yaml.shapes import Number as NumberShape
from labs.typed_yaml.yaml_file import Marked

type Markdown = Callable[[str, int], SafeString]  # takes a text and the line in which it begins

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
TEXT = Word(longest=2000)
LINE = Word(wanted="a text of one line, of at most 300 characters", pattern=r"[^\n]*\S[^\n]*", longest=300)
OPTION = Record(
    what="an option",
    fields={
        "text": Field(LINE, "the text of the option", required=True),
        "right": Field(Flag(), "whether it is right; default: no"),
        "why": Field(TEXT, "why it is right or wrong; shown after the answer"),
    },
)
EVERY = {
    "id": Field(ID, "never changes: the stored tries refer to it", required=True),
    "kind": Field(Word(), "the kind of answer", required=True),
    "ask": Field(TEXT, "the question", required=True),
    "right": Field(TEXT, "shown with a right answer: a sentence that explains it", required=True),
    "wrong": Field(TEXT, "shown with a wrong answer: a sentence that gives a hint", required=True),
}
NUMERIC = NumberShape(-1e15, 1e15, whole=False)
OPTIONS = {"options": Field(ListOf(OPTION, least=2), "the options", required=True)}


def _of(kind: str, fields: Mapping[str, Field]) -> Record:
    return Record(what=f'A question of kind "{kind}"', fields={**EVERY, **fields})


def _answer(shape: Shape) -> dict[str, Field]:
    return {"answer": Field(shape, "the right answer", required=True)}


KINDS: Mapping[str, Record] = {
    "one": _of("one", OPTIONS),
    "several": _of("several", OPTIONS),
    "number": _of(
        "number",
        {
            **_answer(NUMERIC),
            "tolerance": Field(
                NumberShape(0, 1e15, whole=False), "the largest difference that is still right; default: 0"
            ),
            "unit": Field(Word(longest=30), "the unit, shown after the number"),
        },
    ),
    "address": _of("address", _answer(AddressShape("address"))),
    "prefix": _of("prefix", _answer(AddressShape("prefix"))),
    "order": _of("order", {"items": Field(ListOf(LINE, least=3), "the lines, in the right order", required=True)}),
    "match": _of(
        "match", {"pairs": Field(ListOf(ListOf(LINE), least=2), "the pairs, each as [left, right]", required=True)}
    ),
    "command": _of("command", {"accept": Field(ListOf(LINE, least=1), "all commands that are right", required=True)}),
}
QUIZ = Record(
    what="a quiz",
    fields={
        "id": Field(ID, "never changes: the stored tries refer to it", required=True),
        "questions": Field(ListOf(AnyMap(), least=1), "the questions", required=True),
    },
)


def read_quiz(marked: Marked, markdown: Markdown, problems: Problems) -> Quiz | None:
    """Return the quiz, or the part of it that could be read. Add each problem with its path to PROBLEMS."""
    read = QUIZ.read(marked.value, (), problems)
    if not isinstance(read, Mapping):
        return None
    written = marked.value.get("questions")
    questions: list[Question] = []
    for at, item in enumerate(written if isinstance(written, list) else ()):
        path: Path = ("questions", at)
        found = read_question(item, path, marked, markdown, problems)
        if found and any(found.id == other.id for other in questions):
            problems.add(
                (*path, "id"),
                f'Another question of this quiz has the id "{found.id}"; ids are unique. Choose another one.',
            )
        elif found:
            questions.append(found)
    return Quiz(id=read.get("id", ""), questions=tuple(questions))


def read_question(item: object, path: Path, marked: Marked, markdown: Markdown, problems: Problems) -> Question | None:
    """Return a question of a quiz or a test, or None. Add each problem with its path to PROBLEMS."""
    if not isinstance(item, Mapping):
        return None  # reported already
    kind = item.get("kind")
    if kind is None:
        problems.add(path, f'A question needs the key "kind": one of {", ".join(KINDS)}.')
        return None
    if kind not in KINDS:
        problems.add((*path, "kind"), f'There is no kind of question "{kind}": {nearest(kind, list(KINDS))}')
        return None
    before = len(problems.found)
    read = KINDS[str(kind)].read(item, path, problems)
    _check_consistency(str(kind), read, path, problems)
    if len(problems.found) > before:
        return None

    def html(key: str) -> SafeString:
        return markdown(read[key], marked.line((*path, key)))

    known = {"id": read["id"], "kind": str(kind), "ask": html("ask"), "right": html("right"), "wrong": html("wrong")}
    question = _build(str(kind), known, read, lambda text, *where: markdown(text, marked.line((*path, *where))))
    if _reveals_answer(question, read["wrong"]):
        problems.add(
            (*path, "wrong"),
            "wrong contains the answer. Learners read it before they solve the question: give a hint instead.",
        )
    return question


def _check_consistency(kind: str, read: Mapping[str, Any], path: Path, problems: Problems) -> None:
    """Report values that are valid one by one, but not together."""
    options = read.get("options", ())
    right = sum(1 for option in options if option.get("right"))
    if kind == "one" and options and right != 1:
        problems.add((*path, "options"), f"Exactly one option must be right, not {right}. Mark it with right: true.")
    if kind == "several" and options and not right:
        problems.add((*path, "options"), "No option is right. Mark at least one with right: true.")
    texts = [option.get("text") for option in options] or [*read.get("items", ())]
    if len(set(texts)) < len(texts):
        problems.add((*path, "options" if options else "items"), "Two entries are the same.")
    pairs = read.get("pairs", ())
    for at, pair in enumerate(pairs):
        if len(pair) != 2:
            problems.add((*path, "pairs", at), "A pair needs two texts: [left, right].")
    if len({pair[0] for pair in pairs if pair}) < len(pairs):
        problems.add((*path, "pairs"), "Two pairs have the same left side.")
    if kind == "number" and not all(math.isfinite(read.get(key, 0)) for key in ("answer", "tolerance")):
        problems.add((*path, "answer"), "The answer must be a finite number.")


def _build(kind: str, known: Mapping[str, Any], read: Mapping[str, Any], html: Callable[..., SafeString]) -> Question:
    match kind:
        case "one" | "several":
            options = tuple(
                Option(
                    text=option["text"],
                    html=inline(html(option["text"], "options", at)),
                    right=option.get("right", False),
                    why=html(option["why"], "options", at, "why") if "why" in option else SafeString(""),
                )
                for at, option in enumerate(read["options"])
            )
            return Choice(**known, options=options)
        case "number":
            answer, tolerance = Decimal(str(read["answer"])), Decimal(str(read.get("tolerance", 0)))
            return Number(**known, answer=answer, tolerance=tolerance, unit=read.get("unit", ""))
        case "address":
            return Address(**known, answer=read["answer"])
        case "prefix":
            return Prefix(**known, answer=read["answer"])
        case "order":
            return Order(**known, items=read["items"])
        case "match":
            return Match(**known, pairs=read["pairs"])
        case _:
            return Command(**known, accept=read["accept"])


def inline(html: SafeString) -> SafeString:
    """Strip the <p> of a single paragraph, so that it fits into a label."""
    text = html.strip()
    is_single = text.startswith("<p>") and text.endswith("</p>") and text.count("<p>") == 1
    return SafeString(text[3:-4]) if is_single else SafeString(text)


def _reveals_answer(question: Question, wrong: str) -> bool:
    """Return whether the hint for a wrong answer contains the right one. Numbers are too common to tell."""
    match question:
        case Address() | Prefix():
            return any(_is_answer(question, word.strip(".,;:!?()`*\"'")) for word in wrong.split())
        case Command():
            hint = " ".join(wrong.split())
            return any(" " in (full := in_full(accept)) and full in hint for accept in question.accept)
        case _:
            return False


def _is_answer(question: Address | Prefix, word: str) -> bool:
    try:
        return question.meaning(word) == question.answer
    except Unreadable:
        return False
