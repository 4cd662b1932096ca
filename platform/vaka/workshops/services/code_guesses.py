"""Guessing codes is slow: wrong ones count together, from wherever, and while there are many each answer to a code waits.

A right one waits as long, so a guesser cannot tell by the time and has nothing when he gives up early.
"""

from enum import Enum

from vaka.web import guess_delay
from vaka.web.guess_delay import TooMany

__all__ = ["Code", "TooMany", "seconds", "wait"]

WRONG = "codes"  # all codes of the site count together
WINDOW = 60  # seconds
FREE = 30  # wrong codes in a window of a whole site: a room that mistypes
STEP, LONGEST = 0.2, 5.0  # seconds that all wait longer for each one more, and at most
WAITING = 100  # that wait at once; further wrong codes are sent away, right ones let in

_places = guess_delay.Places(WAITING)


class Code(Enum):
    """What somebody has typed."""

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


def seconds(code: Code) -> float:
    """How long the answer to a code waits; a wrong one is counted."""
    if code is Code.NONE:
        return 0.0
    wrong = guess_delay.count(WRONG, WINDOW, add=code is Code.WRONG)
    return guess_delay.Slowdown(WINDOW, FREE, STEP, LONGEST).seconds(wrong)


async def wait(seconds: float) -> None:
    """Wait without holding a thread. Raises TooMany."""
    if seconds <= 0:
        return
    place = _places.take({})
    try:
        await guess_delay.wait(seconds)
    finally:
        place.give_back()
