"""Wrong join codes and seat codes count together, from all addresses; if there are many, every answer is delayed.

``vaka.web.guess_delay`` counts and waits; here are the numbers for these codes. A right code is delayed as long as a wrong
one, so the time of an answer tells a guesser nothing.
"""

from collections.abc import Sequence
from enum import Enum

from vaka.web import guess_delay
from vaka.web.guess_delay import TooMany

__all__ = ["Code", "TooMany", "seconds", "wait"]

WRONG = "codes"  # one counter for all codes of the site
WINDOW = 60  # seconds
FREE = 30  # wrong codes in a window without delay: a room full of people who mistype
STEP, LONGEST = 0.2, 5.0  # seconds of delay for each further wrong code, and at most
# Requests delayed at once: all, and those of an IPv4 address or an IPv6 /64, of a /56 and of a /48. Above that wrong codes are
# refused, right ones answered
WAITING, FROM = 100, (30, 35, 40)

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


async def wait(seconds: float, networks: Sequence[str] = ()) -> None:
    """Wait without holding a thread. NETWORKS are those of the request, the smallest first. Raises TooMany."""
    if seconds <= 0:
        return
    place = waiting.take(guess_delay.shares(networks, FROM))
    try:
        await guess_delay.wait(seconds)
    finally:
        place.give_back()
