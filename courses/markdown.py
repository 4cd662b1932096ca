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
courses.typed_outputs what an author may write. Output of nodes is never written by hand.
"""

import re

from django.utils.safestring import SafeString, mark_safe

from courses.directives import directive
from courses.lesson_marks import FENCE, Reading
from courses.number_places import without_marks
from courses.typed_outputs import mistakes

OPEN = re.compile(r":::\s+(\S+)\s*(.*)")
HEADING = re.compile(r"^##\s+(.+?)\s*$", re.M)
IN_HEADING = re.compile(r"\[([^\[\]]+)\]\{[^{}]*\}|[`*]")
NOT_SHOWN = ("slide", "notes")  # in the lesson


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
            done.append(directive(*inside, "\n".join(body), reading))
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
                done.append(directive(*inside, "", reading))
                inside = None
        else:
            plain.append(line)
    if inside:
        reading.errors.append((inside[0], f'The directive "{inside[1]}" has no end. Write ::: on a line of its own.'))
    done.append(reading.render("\n".join(plain), begun))
    return mark_safe("\n".join(done))  # noqa: S308  # each part is cleaned Markdown or one of our templates


def _last_heading(text: str) -> str:
    """Return the last heading of the second level as plain text; empty if there is none."""
    headings = HEADING.findall(FENCE.sub("", text))
    return IN_HEADING.sub(r"\1", headings[-1]) if headings else ""
