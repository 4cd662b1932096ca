"""The places in a rendered lesson that a page fills for its reader (courses.own_numbers). It is rendered once for all readers.

``<<LAB site:a3::10>>`` in a lesson stands for what ``<<site:a3::10>>`` stands for in the guide of that lab. Without LAB it is
the lab of the lesson.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from labs.engine.authoring.filling import PLACEHOLDER

MARK = re.compile("\ue002([0-9]+)\ue003")  # from the private use area, as in vaka.web.markdown
OTHER_LAB = re.compile(r"(?P<lab>[a-z0-9-]+)\s+(?P<what>\S.*)")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a parameter. ``what`` is what stands between << and >> in the lab's guide."""

    lab: str
    what: str
    line: int  # in the lesson's file


@dataclass(frozen=True, slots=True)
class Screen:
    """An output of a lab, with its author's numbers."""

    lab: str
    text: str
    own: tuple[str, ...] = ()  # what is replaced wherever it stands whole, as between << and >>


@dataclass(frozen=True, slots=True)
class Source:
    """The sentence below a screen that says where it was recorded."""

    screen: Screen

    @property
    def lab(self) -> str:
        return self.screen.lab


type Place = Value | Screen | Source


class NoLab(Exception):
    """A placeholder names no lab, and the lesson has none."""


@dataclass(slots=True)
class Places:
    """The places of one lesson."""

    lab: str = ""  # the lesson's own lab
    made: list[Place] = field(default_factory=list)

    def add(self, place: Place) -> SafeString:
        """Return the characters that stand for the place in the lesson's HTML. Markdown and escaping leave them as they are."""
        self.made.append(place)
        return SafeString(f"\ue002{len(self.made) - 1}\ue003")

    def number(self, written: str, line: int) -> SafeString:
        """Return the place for what stands between << and >> in a lesson. Raises NoLab."""
        return self.add(number(written, self.lab, line))


def number(written: str, own_lab: str, line: int = 0) -> Value:
    """Return what stands between << and >> in a lesson whose lab is ``own_lab``. Raises NoLab."""
    other = OTHER_LAB.fullmatch(written)
    lab, what = (other["lab"], other["what"]) if other else (own_lab, written)
    if not lab:
        raise NoLab
    return Value(lab, what, line)


def placeholders(text: str) -> Iterator[re.Match[str]]:
    """Yield the placeholders of a text. ``["what"]`` is what stands between << and >>."""
    return PLACEHOLDER.finditer(text)


def without_marks(text: str) -> str:
    """Return the text without characters that would be taken for a place."""
    return MARK.sub("", text)
