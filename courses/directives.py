"""The directives of a lesson: what each becomes in the page, and which slide it makes. ``courses.markdown`` lists them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from courses import slides
from courses.lesson_marks import FENCE, Reading
from courses.number_places import Screen, Source
from courses.output_block import BlockErrors, read_block
from courses.terminal_prompts import highlighted
from courses.typed_outputs import CONFIG, OUTPUT

QUIZ_PLACE = "<!--quiz-->"  # lessons escape raw HTML, so no author can write this
WITHOUT_ARGUMENT = ("quiz", "summary", "notes")
DRAWING_TAGS = ("<script", "<style", "style=", "<foreignObject", "href=", "onload", "onclick", "<image", "<!", "<?")

NUMBER_IN_DRAWING = re.compile(r"&lt;&lt;([^<>&\n]+)&gt;&gt;")  # << and >> cannot stand in XML


def directive(line: int, name: str, argument: str, body: str, reading: Reading) -> str:
    """Return the HTML of a directive that begins in this line. Add its errors to READING."""
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
    svg = NUMBER_IN_DRAWING.sub(
        lambda found: reading.with_places(f"<<{found[1]}>>", line), file.read_text(encoding="utf-8").strip()
    )
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
    is_output = found["info"].startswith(OUTPUT)
    screen, source = _output(at, found, reading) if is_output else (_by_hand(at, found, reading), "")
    kept = "\n" * found[0].count("\n")  # so that the text after the block keeps its line numbers
    said = body[: found.start()] + kept + body[found.end() :]
    say = reading.render(said, line + 1)
    reading.slides.append(slides.from_worked_example(argument, screen, source, reading.for_slide(said, line + 1), line))
    # Readers copy what they can type: not the layout of a packet, and no passage of an RFC
    context = {"is_typed": is_output or found["info"].startswith(CONFIG), "screen": screen, "source": source}
    return render_to_string("courses/_worked.html", {**context, "title": argument, "say": say})


def _output(line: int, found: re.Match[str], reading: Reading) -> tuple[str, str]:
    """Return the places for what a lab printed, and for where it was recorded."""
    try:
        block = replace(read_block(found["info"], found["text"]), line=line)
    except BlockErrors as wrong:
        reading.errors += [(line + below, message) for below, message in wrong.found]
        return "", ""
    reading.outputs.append(block)
    recorded = reading.recorded.get(block.key)
    screen = Screen(block.lab, recorded.screen if recorded else block.typed, block.own)
    return reading.places.add(screen), reading.places.add(Source(screen))


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
