"""The slides of a lesson. They are made while its Markdown is rendered, and their places are filled like the lesson's own."""

from dataclasses import dataclass
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
