"""The slides of a lesson, and what makes one: a figure, a worked example, a summary, a lab, or a directive for slides alone.

They are made while the lesson's Markdown is rendered (courses.markdown), and their places are filled like the lesson's own
(courses.pages.slides).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.safestring import SafeString

NOTHING = SafeString("")
# The lines that fit on a slide in letters that can be read from the back of a room (tests/browser/test_slides.py measures it)
MOST_COLUMNS = 88
MOST_ROWS = 17


class SlideKind(StrEnum):
    TITLE = "title"  # the lesson's title and objective; its title and text are empty
    FIGURE = "figure"
    SCREEN = "screen"  # a worked example: what is typed, and what comes back
    TEXT = "text"
    SUMMARY = "summary"
    LAB = "lab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    kind: SlideKind
    title: str = ""  # plain text; it may contain places
    html: SafeString = NOTHING
    caption: SafeString = NOTHING
    source: str = ""  # the place for where a screen was recorded
    notes: tuple[SafeString, ...] = ()  # for the person who presents
    written_notes: bool = False  # whether the author wrote notes, beside what the lesson says below the example
    line: int = 0  # in the text of the lesson


def from_figure(section: str, drawing: SafeString, caption: SafeString, line: int) -> Slide:
    """A figure fills a slide. Its title is that of the section of the lesson."""
    return Slide(kind=SlideKind.FIGURE, title=section, html=drawing, caption=caption, line=line)


def from_worked_example(title: str, screen: str, source: str, said: SafeString, line: int) -> Slide:
    """The slide shows the screen. What the lesson SAID around it becomes notes."""
    return Slide(kind=SlideKind.SCREEN, title=title, html=SafeString(screen), source=source, notes=(said,), line=line)


def from_lab(lab: str, said: SafeString, line: int) -> Slide:
    """The slide has the id of the lab as its title; the page names the lab."""
    return Slide(kind=SlideKind.LAB, title=lab, html=said, line=line)


def from_summary(said: SafeString, line: int) -> Slide:
    return Slide(kind=SlideKind.SUMMARY, html=said, line=line)


def with_text(title: str, text: SafeString, line: int) -> Slide:
    """A slide that the lesson does not show."""
    return Slide(kind=SlideKind.TEXT, title=title, html=text, line=line)


def with_notes(slide: Slide, notes: SafeString) -> Slide:
    """Return the slide with these notes of its author above those that it has."""
    return replace(slide, notes=(notes, *slide.notes), written_notes=True)
