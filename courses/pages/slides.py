"""The slides of a lesson as a page shows them: filled with the numbers of the person who presents, and with their titles."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from courses.content import Lesson
from courses.own_numbers import OwnNumbers
from courses.slides import Slide, SlideKind
from labs.registry import versions


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
        yield SlideOnPage(
            kind=slide.kind,
            title=numbers.fill(SafeString(escape(_title(lesson, slide)))),
            html=numbers.fill(slide.html),
            caption=numbers.fill(slide.caption),
            source=numbers.fill(SafeString(slide.source)),
            notes=tuple(map(numbers.fill, slide.notes)),
        )


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
