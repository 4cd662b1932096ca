"""Slows down whoever opens one seat again and again with its device or code. Each time signs the guest in and writes a session."""

from vaka.web import guess_delay
from vaka.workshops.models import Seat

# A minute has 10 without a delay. Of those that wait there are 2 at once, so 24 more in a minute
SLOWDOWN = guess_delay.Slowdown(window=60, free=10, step=1.0, longest=5.0)
WAITING, OF_SEAT = 100, 2

waiting = guess_delay.Places(WAITING)


def wait(seat: Seat) -> bool:
    """Count an opening of the seat, and wait before it. Return False, without waiting, if too many wait already."""
    key = f"seat:{seat.pk}"
    seconds = SLOWDOWN.seconds(guess_delay.count(key, SLOWDOWN.window, add=1))
    return not seconds or guess_delay.wait_in(waiting, {key: OF_SEAT}, seconds)
