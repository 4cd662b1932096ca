"""Reads a quiz from its YAML, and says all that is wrong with it."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from courses.quiz import Address, Choice, Command, Match, Number, Option, Order, Prefix, Question, Quiz, Unreadable
from labs.typed_yaml.shapes import Address as AddressShape
from labs.typed_yaml.shapes import AnyMap, Field, Flag, ListOf, Path, Problems, Record, Shape, Word, nearest
from labs.typed_yaml.shapes import Number as NumberShape
from labs.typed_yaml.yaml_file import Marked

type Markdown = Callable[[str, int], SafeString]  # a text and the line that it begins in

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
TEXT = Word(longest=2000)
LINE = Word(wanted="a text of one line, of at most 300 characters", pattern=r"[^\n]*\S[^\n]*", longest=300)
OPTION = Record(
    what="an option",
    fields={
        "text": Field(LINE, "what can be chosen", required=True),
        "right": Field(Flag(), "whether it is right; without it, it is not"),
        "why": Field(TEXT, "why it is right or not, said afterwards"),
    },
)
EVERY = {
    "id": Field(ID, "never changes: tries are kept by it", required=True),
    "kind": Field(Word(), "how it is answered", required=True),
    "ask": Field(TEXT, "the question", required=True),
    "right": Field(TEXT, "said when the answer is right; a sentence that teaches", required=True),
    "wrong": Field(TEXT, "said when it is not yet right; a sentence that points the way", required=True),
}
NUMERIC = NumberShape(-1e15, 1e15, whole=False)
OPTIONS = {"options": Field(ListOf(OPTION, least=2), "what can be chosen", required=True)}


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
            "tolerance": Field(NumberShape(0, 1e15, whole=False), "how far off is still right; 0 without it"),
            "unit": Field(Word(longest=30), "stands behind the number"),
        },
    ),
    "address": _of("address", _answer(AddressShape("address"))),
    "prefix": _of("prefix", _answer(AddressShape("prefix"))),
    "order": _of("order", {"items": Field(ListOf(LINE, least=3), "the lines, in their right order", required=True)}),
    "match": _of("match", {"pairs": Field(ListOf(ListOf(LINE), least=2), "[left, right], for each", required=True)}),
    "command": _of("command", {"accept": Field(ListOf(LINE, least=1), "all that is right", required=True)}),
}
QUIZ = Record(
    what="a quiz",
    fields={
        "id": Field(ID, "never changes: tries are kept by it", required=True),
        "questions": Field(ListOf(AnyMap(), least=1), "one or more", required=True),
    },
)


def read_quiz(marked: Marked, markdown: Markdown, problems: Problems) -> Quiz | None:
    """Return the quiz, or what could be read of it; what is wrong is added to the problems, each with its path."""
    read = QUIZ.read(marked.value, (), problems)
    if not isinstance(read, Mapping):
        return None
    written = marked.value.get("questions")
    questions: list[Question] = []
    for at, item in enumerate(written if isinstance(written, list) else ()):
        path: Path = ("questions", at)
        found = _question(item, path, marked, markdown, problems)
        if found and any(found.id == other.id for other in questions):
            problems.add((*path, "id"), f'Another question of this quiz has the id "{found.id}"; ids are unique.')
        elif found:
            questions.append(found)
    return Quiz(id=read.get("id", ""), questions=tuple(questions))


def _question(item: object, path: Path, marked: Marked, markdown: Markdown, problems: Problems) -> Question | None:
    if not isinstance(item, Mapping):
        return None  # said already
    kind = item.get("kind")
    if kind is None:
        problems.add(path, f'A question needs "kind": how it is answered, one of {", ".join(KINDS)}.')
        return None
    if kind not in KINDS:
        problems.add((*path, "kind"), f'There is no kind "{kind}" of question: {nearest(kind, list(KINDS))}')
        return None
    before = len(problems.found)
    read = KINDS[str(kind)].read(item, path, problems)
    _consistent(str(kind), read, path, problems)
    if len(problems.found) > before:
        return None

    def html(key: str) -> SafeString:
        return markdown(read[key], marked.line((*path, key)))

    known = {"id": read["id"], "kind": str(kind), "ask": html("ask"), "right": html("right"), "wrong": html("wrong")}
    question = _build(str(kind), known, read, lambda text, *where: markdown(text, marked.line((*path, *where))))
    if _given_away(question, read["wrong"]):
        problems.add(
            (*path, "wrong"), "wrong holds the answer. It is said before the question is solved: point the way."
        )
    return question


def _consistent(kind: str, read: Mapping[str, Any], path: Path, problems: Problems) -> None:
    """Say what each value by itself is, and all together are not."""
    options = read.get("options", ())
    right = sum(1 for option in options if option.get("right"))
    if kind == "one" and options and right != 1:
        problems.add((*path, "options"), f"Of the options exactly one is right, not {right}; mark it with right: true.")
    if kind == "several" and options and not right:
        problems.add((*path, "options"), "None of the options is right; mark those that are with right: true.")
    texts = [option.get("text") for option in options] or [*read.get("items", ())]
    if len(set(texts)) < len(texts):
        problems.add((*path, "options" if options else "items"), "Two of them are the same.")
    pairs = read.get("pairs", ())
    for at, pair in enumerate(pairs):
        if len(pair) != 2:
            problems.add((*path, "pairs", at), "A pair has two texts: [left, right].")
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
    """Take a lone paragraph out of its <p>: it goes into a label."""
    text = html.strip()
    alone = text.startswith("<p>") and text.endswith("</p>") and text.count("<p>") == 1
    return SafeString(text[3:-4]) if alone else SafeString(text)


def _given_away(question: Question, wrong: str) -> bool:
    """Whether the hint for a wrong answer holds the right one. Numbers are too common to tell."""
    match question:
        case Address() | Prefix():
            return any(_means(question, word.strip(".,;:!?()`*\"'")) for word in wrong.split())
        case Command():
            said = " ".join(wrong.split())
            return any(len(accept.split()) > 1 and " ".join(accept.split()) in said for accept in question.accept)
        case _:
            return False


def _means(question: Address | Prefix, word: str) -> bool:
    try:
        return question.meaning(word) == question.answer
    except Unreadable:
        return False
