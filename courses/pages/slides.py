"""The slides of a lesson as a page shows them: filled with the numbers of the person who presents, and with their titles.

A screen with more lines than can be read from the back of a room is shown on several slides.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from courses.content import Lesson
from courses.own_numbers import OwnNumbers
from courses.slides import MOST_ROWS, Slide, SlideKind
from labs.registry import versions

NEAR = 4  # lines: so far from an even cut, a better place for it may lie
PROMPT = "<b>"  # begins a line in which somebody types


@dataclass(frozen=True, slots=True)
class SlideOnPage:
    kind: str
    title: SafeString
    html: SafeString
    caption: SafeString
    source: SafeString
    notes: tuple[SafeString, ...]


def slides_of(lesson: Lesson, numbers: OwnNumbers) -> list[SlideOnPage]:
    return list(_slides(lesson, numbers))


def _slides(lesson: Lesson, numbers: OwnNumbers) -> Iterator[SlideOnPage]:
    for slide in lesson.slides:
        title, html = _title(lesson, slide), numbers.fill(slide.html)
        parts = parts_of(html) if slide.kind == SlideKind.SCREEN else [html]
        for number, part in enumerate(parts, 1):
            numbered = _("%(title)s (%(number)d of %(count)d)") % {
                "title": title,
                "number": number,
                "count": len(parts),
            }
            yield SlideOnPage(
                kind=slide.kind,
                title=numbers.fill(SafeString(escape(numbered if len(parts) > 1 else title))),
                html=part,
                caption=numbers.fill(slide.caption),
                source=numbers.fill(SafeString(slide.source)),
                notes=tuple(map(numbers.fill, slide.notes)),
            )


def parts_of(screen: SafeString) -> list[SafeString]:
    """Cut a screen into parts of about the same length, each at most as long as a slide if it can be.

    A part begins with a prompt where one is near, else at a line that is not indented. No tag goes over the end of its line.
    """
    lines = screen.split("\n")
    count = math.ceil(len(lines) / (MOST_ROWS + 1))  # one line more can still be read
    cuts = [0, *(_cut(lines, round(number * len(lines) / count)) for number in range(1, count)), len(lines)]
    return [SafeString("\n".join(lines[begin:end])) for begin, end in pairwise(cuts)]


def _cut(lines: Sequence[str], even: int) -> int:
    """Return the number of the line before which to cut, near the even place."""
    near = sorted(range(max(1, even - NEAR), min(len(lines), even + NEAR + 1)), key=lambda at: abs(at - even))
    typed = (at for at in near if lines[at].startswith(PROMPT))
    plain = (at for at in near if lines[at][:1].strip())
    return next(typed, next(plain, even))


def _title(lesson: Lesson, slide: Slide) -> str:
    match slide.kind:
        case SlideKind.TITLE:
            return lesson.title
        case SlideKind.SUMMARY:
            return _("In short")
        case SlideKind.LAB:
            return _("Lab: %(title)s") % {"title": versions.title_of(slide.title) or slide.title}
        case _:
            return slide.title or lesson.title
