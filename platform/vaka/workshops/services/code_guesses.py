"""Slowing down guesses of codes. Wrong codes count together, from all addresses; if there are many, every answer is delayed.

A right code is delayed as long as a wrong one, so the time of an answer tells a guesser nothing.
"""

from enum import Enum

from vaka.web import guess_delay
from vaka.web.guess_delay import TooMany

__all__ = ["Code", "TooMany", "seconds", "wait"]

WRONG = "codes"  # one counter for all codes of the site
WINDOW = 60  # seconds
FREE = 30  # wrong codes in a window without delay: a room full of people who mistype
STEP, LONGEST = 0.2, 5.0  # seconds of delay for each further wrong code, and at most
WAITING = 100  # requests delayed at once; above that wrong codes are refused, right ones answered

waiting = guess_delay.Places(WAITING)


class Code(Enum):
    """The kinds of codes that a request can have."""

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


def seconds(code: Code) -> float:
    """Return the seconds by which to delay the answer. Counts a wrong code."""
    if code is Code.NONE:
        return 0.0
    wrong = guess_delay.count(WRONG, WINDOW, add=code is Code.WRONG)
    return guess_delay.Slowdown(WINDOW, FREE, STEP, LONGEST).seconds(wrong)


async def wait(seconds: float) -> None:
    """Wait without holding a thread. Raises TooMany."""
    if seconds <= 0:
        return
    place = waiting.take({})
    try:
        await guess_delay.wait(seconds)
    finally:
        place.give_back()
