"""Renders a lesson's Markdown with its directives.

A directive is a block between ``::: name argument`` and ``:::``, each on a line of its own:

    ::: figure area.svg          a drawing from the folder of the course; the text is its caption
    ::: worked What is shown     a worked example: a fenced block, and what to see in it
    ::: hint Question            a hint that the learner opens
    ::: lab ospfv3-one-area      a link to a lab; the text says what to do there
    ::: quiz                     the position of the lesson's quiz; default: the end. It has no closing line
    ::: summary                  the lesson in three lines
    ::: slide Title              a slide that the lesson does not show
    ::: notes                    what a trainer says to the slide above; only trainers read it

Figures, worked examples, the summary and the lab are slides too (courses.slides). A slide shows a term as plain text.

Inside a line, ``[SLAAC]{term}`` or ``[by itself]{term=slaac}`` marks a glossary term, whose meaning opens in a popover.
``[ip -6 route]{command}`` marks a command to type. ``<<LAB site:a3::10>>`` shows the learner's own value (courses.number_places).

The word after ``` says where a fenced block is from: ``output`` shows what a lab printed (courses.output_block), and the words of
courses.printed_by_hand what an author may write. Output of nodes is never written by hand.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from courses import slides
from courses.glossary import Glossary, Term
from courses.number_places import NoLab, Places, Screen, Source, placeholders, without_marks
from courses.output_block import BlockErrors, OutputBlock, read_block
from courses.output_file import Recorded
from courses.printed_by_hand import OUTPUT, mistakes
from courses.slides import Slide, SlideKind
from courses.terminal_prompts import highlighted
from vaka.web.markdown import Marks, render

type Mark = Callable[[int, str, str, "Reading"], SafeString]  # line, argument, text

OPEN = re.compile(r":::\s+(\S+)\s*(.*)")
QUIZ_PLACE = "<!--quiz-->"  # lessons escape raw HTML, so no author can write this
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```\s*$", re.M | re.S)
HEADING = re.compile(r"^##\s+(.+?)\s*$", re.M)
IN_HEADING = re.compile(r"\[([^\[\]]+)\]\{[^{}]*\}|[`*]")
WITHOUT_ARGUMENT = ("quiz", "summary", "notes")
NOT_SHOWN = ("slide", "notes")  # in the lesson
DRAWING_TAGS = ("<script", "<style", "style=", "<foreignObject", "href=", "onload", "onclick", "<image", "<!", "<?")


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


def to_html(text: str, reading: Reading) -> SafeString:
    """Return the lesson as safe HTML. Add errors in its directives to READING."""
    reading.errors += mistakes(text)
    done: list[str] = []
    plain: list[str] = []
    inside: tuple[int, str, str] | None = None
    body: list[str] = []
    fenced, begun = False, 1
    for number, line in enumerate(without_marks(text).splitlines(), start=1):
        fenced ^= line.startswith("```")
        reading.shown.append(line)
        if inside and line.strip() == ":::" and not fenced:
            done.append(_directive(*inside, "\n".join(body), reading))
            if inside[1] in NOT_SHOWN:
                del reading.shown[inside[0] - 1 :]
                reading.shown += [""] * (number - inside[0] + 1)
            inside, body, begun = None, [], number + 1
        elif inside:
            body.append(line)
        elif not fenced and line.startswith(":::"):
            if not (found := OPEN.fullmatch(line)):
                reading.errors.append(
                    (number, "A directive begins with ::: and its name, and ends with ::: on a line of its own.")
                )
                continue
            done.append(reading.render("\n".join(plain), begun))
            reading.section = _last_heading("\n".join(plain)) or reading.section
            plain, inside, begun = [], (number, found[1], found[2].strip()), number + 1
            if found[1] == "quiz":  # has no body, and so no closing line
                done.append(_directive(*inside, "", reading))
                inside = None
        else:
            plain.append(line)
    if inside:
        reading.errors.append((inside[0], f'The directive "{inside[1]}" has no end. Write ::: on a line of its own.'))
    done.append(reading.render("\n".join(plain), begun))
    return mark_safe("\n".join(done))  # noqa: S308  # each part is cleaned Markdown or one of our templates


def _directive(line: int, name: str, argument: str, body: str, reading: Reading) -> str:
    if name not in DIRECTIVES:
        known = ", ".join(DIRECTIVES)
        reading.errors.append((line, f'There is no directive "{name}"; use one of {known}.'))
        return ""
    if not argument and name not in WITHOUT_ARGUMENT:
        reading.errors.append((line, f'The directive "{name}" needs an argument after its name.'))
        return ""
    return DIRECTIVES[name](line, reading.with_places(argument, line), body, reading)


def _figure(line: int, argument: str, body: str, reading: Reading) -> str:
    file = reading.folder / argument
    if file.suffix != ".svg" or "/" in argument or not file.is_file():
        reading.errors.append(
            (line, f'There is no drawing "{argument}" in the folder of the lesson. It must be an .svg file.')
        )
        return ""
    svg = file.read_text(encoding="utf-8").strip()
    if bad := [tag for tag in DRAWING_TAGS if tag in svg]:
        reading.errors.append(
            (line, f"{argument} contains {bad[0]}, which is not allowed. Use shapes and classes only.")
        )
        return ""
    if "<title" not in svg:
        reading.errors.append((line, f"{argument} has no <title>. Add one that says what the drawing shows."))
    reading.figures += 1
    drawing = mark_safe(svg)  # noqa: S308  # checked above; ours
    caption = reading.render(body, line + 1)
    reading.slides.append(slides.from_figure(reading.section, drawing, reading.for_slide(body, line + 1), line))
    return render_to_string("courses/_figure.html", {"svg": drawing, "caption": caption, "number": reading.figures})


def _worked(line: int, argument: str, body: str, reading: Reading) -> str:
    found = FENCE.search(body)
    if found is None:
        reading.errors.append((line, "A worked example needs a fenced block (```) with the input and output."))
        return ""
    at = line + 1 + body.count("\n", 0, found.start())  # the line of the opening ```
    screen, source = (
        _output(at, found, reading) if found["info"].startswith(OUTPUT) else (_by_hand(at, found, reading), "")
    )
    kept = "\n" * found[0].count("\n")  # so that the text after the block keeps its line numbers
    said = body[: found.start()] + kept + body[found.end() :]
    say = reading.render(said, line + 1)
    reading.slides.append(slides.from_worked_example(argument, screen, source, reading.for_slide(said, line + 1), line))
    return render_to_string("courses/_worked.html", {"title": argument, "screen": screen, "source": source, "say": say})


def _output(line: int, found: re.Match[str], reading: Reading) -> tuple[str, str]:
    """Return the places for what a lab printed, and for where it was recorded."""
    try:
        block = replace(read_block(found["info"], found["text"]), line=line)
    except BlockErrors as wrong:
        reading.errors += [(line + below, message) for below, message in wrong.found]
        return "", ""
    reading.outputs.append(block)
    recorded = reading.recorded.get(block.key)
    screen = Screen(block.lab, recorded.screen if recorded else block.typed)
    return reading.places.add(screen), reading.places.add(Source(block.lab))


def _by_hand(line: int, found: re.Match[str], reading: Reading) -> SafeString:
    return highlighted(reading.with_places(found["text"].rstrip(), line + 1))


def _hint(line: int, argument: str, body: str, reading: Reading) -> str:
    return render_to_string("courses/_hint.html", {"question": argument, "say": reading.render(body, line + 1)})


def _lab(line: int, argument: str, body: str, reading: Reading) -> str:
    reading.labs.append((line, argument))
    reading.slides.append(slides.from_lab(argument, reading.for_slide(body, line + 1), line))
    return render_to_string("courses/_lab.html", {"lab": argument, "say": reading.render(body, line + 1)})


def _quiz(line: int, argument: str, body: str, reading: Reading) -> str:
    if reading.has_quiz_place:
        reading.errors.append((line, "The lesson has ::: quiz twice. Remove one."))
    reading.has_quiz_place = True
    return QUIZ_PLACE


def _summary(line: int, argument: str, body: str, reading: Reading) -> str:
    reading.slides.append(slides.from_summary(reading.for_slide(body, line + 1), line))
    return render_to_string("courses/_summary.html", {"say": reading.render(body, line + 1)})


def _slide(line: int, argument: str, body: str, reading: Reading) -> str:
    reading.slides.append(slides.with_text(argument, reading.for_slide(body, line + 1), line))
    return ""


def _notes(line: int, argument: str, body: str, reading: Reading) -> str:
    """Add the notes to the slide above."""
    reading.slides[-1] = slides.with_notes(reading.slides[-1], reading.for_slide(body, line + 1))
    return ""


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


def _last_heading(text: str) -> str:
    """Return the last heading of the second level as plain text; empty if there is none."""
    headings = HEADING.findall(FENCE.sub("", text))
    return IN_HEADING.sub(r"\1", headings[-1]) if headings else ""


def _line_of(text: str, word: str, argument: str, said: str) -> int:
    """Return how many lines below the first a mark is. Of several equal marks, the first counts."""
    written = f"{{{word}={argument}}}" if argument else f"[{said}]{{{word}}}"
    return text[: max(text.find(written), 0)].count("\n")


MARKS: Mapping[str, Mark] = {"term": _term, "command": _command}
DIRECTIVES: Mapping[str, Callable[[int, str, str, Reading], str]] = {
    "figure": _figure,
    "worked": _worked,
    "hint": _hint,
    "lab": _lab,
    "quiz": _quiz,
    "summary": _summary,
    "slide": _slide,
    "notes": _notes,
}
