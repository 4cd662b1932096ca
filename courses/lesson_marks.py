"""The marks inside the lines of a lesson (glossary terms, commands, a learner's own values), and the state while it is rendered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from courses.glossary import Glossary, Term
from courses.number_places import NoLab, Places, placeholders
from courses.output_block import OutputBlock
from courses.output_file import Recorded
from courses.slides import Slide, SlideKind
from courses.typed_outputs import OUTPUT
from vaka.web.markdown import Marks, render

type Mark = Callable[[int, str, str, "Reading"], SafeString]  # line, argument, text

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```\s*$", re.M | re.S)


@dataclass(slots=True)
class Reading:
    """The state while one lesson is rendered: the folder of its drawings, and errors with their line in the text."""

    folder: Path
    glossary: Glossary = field(default_factory=Glossary)
    errors: list[tuple[int, str]] = field(default_factory=list)
    labs: list[tuple[int, str]] = field(default_factory=list)
    terms: dict[str, Term] = field(default_factory=dict)  # the terms that the lesson uses, in order of appearance
    places: Places = field(default_factory=Places)
    may_show_numbers: bool = True  # of labs, which differ from learner to learner
    recorded: Mapping[str, Recorded] = field(default_factory=dict)  # what labs printed, by the key of its block
    outputs: list[OutputBlock] = field(default_factory=list)
    slides: list[Slide] = field(default_factory=lambda: [Slide(kind=SlideKind.TITLE)])
    section: str = ""  # the last heading
    shown: list[str] = field(default_factory=list)  # the lines of the text that every reader sees
    figures: int = 0
    popovers: int = 0
    has_quiz_place: bool = False

    def render(self, text: str, line: int) -> SafeString:
        """Return the HTML of a part of the lesson that begins in this line."""
        return self._render(text, line, MARKS)

    def for_slide(self, text: str, line: int) -> SafeString:
        """Return the HTML of a part of a slide: without popovers, because nobody can open one there."""
        return self._render(text, line, {**MARKS, "term": _plain_term})

    def _render(self, text: str, line: int, marks: Mapping[str, Mark]) -> SafeString:
        text = self.with_places(text, line)
        for found in FENCE.finditer(text):
            if found["info"].startswith(OUTPUT):
                at = line + text.count("\n", 0, found.start())
                self.errors.append(
                    (at, "An output belongs into a directive that says what it shows: ::: worked TITLE.")
                )
        return render(text, marked=self._marked(text, line, marks))

    def _marked(self, text: str, line: int, marks: Mapping[str, Mark]) -> Marks:
        def marked(word: str, argument: str, said: str) -> SafeString:
            at = line + _line_of(text, word, argument, said)
            if word not in marks:
                self.errors.append((at, f'There is no mark "{word}" for [{said}]; use one of {", ".join(marks)}.'))
                return escape(said)
            return marks[word](at, argument, said, self)

        return marked

    def with_places(self, text: str, line: int) -> str:
        """Return the text, which begins in this line, with a place for each number of a lab."""
        done, end = "", 0
        for found in placeholders(text):
            at = line + text.count("\n", 0, found.start())
            done, end = done + text[end : found.start()] + self._place(found["what"], found[0], at), found.end()
        return done + text[end:]

    def _place(self, what: str, written: str, line: int) -> str:
        if not self.may_show_numbers:
            message = (
                f"{written}: A quiz has the same answers for everybody, so it cannot show a learner's own numbers."
            )
        else:
            try:
                return self.places.number(what, line)
            except NoLab:
                message = f"{written}: The lesson has no lab of its own. Name one: <<LAB {what}>>."
        self.errors.append((line, message))
        return written


def _term(line: int, argument: str, said: str, reading: Reading) -> SafeString:
    term = reading.glossary.find(argument or said)
    if term is None:
        reading.errors.append((line, _no_term(argument or said)))
        return escape(said)
    reading.terms[term.id] = term
    reading.popovers += 1
    made = render_to_string("courses/_term.html", {"said": said, "term": term, "number": reading.popovers})
    return SafeString(made.strip())


def _plain_term(line: int, argument: str, said: str, reading: Reading) -> SafeString:
    if reading.glossary.find(argument or said) is None:
        reading.errors.append((line, _no_term(argument or said)))
    return escape(said)


def _no_term(name: str) -> str:
    return f'There is no term "{name}" in glossary.yaml. Add it, or correct the name.'


def _command(line: int, argument: str, said: str, reading: Reading) -> SafeString:
    return format_html("<kbd>{}</kbd>", said)


def _line_of(text: str, word: str, argument: str, said: str) -> int:
    """Return how many lines below the first a mark is. Of several equal marks, the first counts."""
    written = f"{{{word}={argument}}}" if argument else f"[{said}]{{{word}}}"
    return text[: max(text.find(written), 0)].count("\n")


MARKS: Mapping[str, Mark] = {"term": _term, "command": _command}
