"""Wrong join codes and seat codes count together, from all addresses; if there are many, every code waits before it is checked.

``vaka.web.guess_delay`` counts and waits; here are the numbers for these codes. A right code waits as long as a wrong
one, so the time of an answer tells a guesser nothing.
"""

from collections.abc import Sequence

from vaka.web import guess_delay

WRONG = "codes"  # one counter for all codes of the site
WINDOW = 60  # seconds
FREE = 30  # wrong codes in a window without delay: a room full of people who mistype
STEP, LONGEST = 0.2, 5.0  # seconds of delay for each further wrong code, and at most
# Codes that wait at once: all, and those of an IPv4 address or an IPv6 /64, of a /56 and of a /48. Above that wrong codes are
# refused, right ones answered
WAITING, FROM = 100, (30, 35, 40)

waiting = guess_delay.Places(WAITING)


def seconds() -> float:
    """Return how long a code must wait now before it is checked: as if it were wrong."""
    return guess_delay.Slowdown(WINDOW, FREE, STEP, LONGEST).seconds(guess_delay.count(WRONG, WINDOW) + 1)


def wait(networks: Sequence[str]) -> bool:
    """Wait before a code is checked. NETWORKS are those of the request, the smallest first.

    Return False, without waiting, if too many wait already.
    """
    return guess_delay.wait_in(waiting, guess_delay.shares(networks, FROM), seconds())


def count() -> None:
    """Count a wrong code."""
    guess_delay.count(WRONG, WINDOW, add=1)
