"""Guessing codes is slow: wrong ones count together, from wherever, and while there are many each answer to a code waits.

A right one waits as long, so a guesser cannot tell by the time and has nothing when he gives up early.
"""

import asyncio
import time
from enum import Enum

from django.core.cache import cache

FREE = 30  # wrong codes a minute of a whole site: a room that mistypes
STEP, LONGEST = 0.2, 5.0  # seconds that all wait longer for each one more, and at most
WAITING = 100  # that wait at once; further wrong codes are sent away, right ones let in

_waiting = 0


class TooMany(Exception):
    """So many wait already that this one does not."""


class Code(Enum):
    """What somebody has typed."""

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


def seconds(code: Code) -> float:
    """How long the answer to a code waits; a wrong one is counted."""
    if code is Code.NONE:
        return 0.0
    key = f"workshops:wrong:{int(time.time() // 60)}"
    cache.add(key, 0, timeout=120)
    wrong: int = cache.incr(key) if code is Code.WRONG else cache.get(key, 0)
    return min(LONGEST, STEP * max(0, wrong - FREE))


async def wait(seconds: float) -> None:
    """Wait without holding a thread. Raises TooMany."""
    global _waiting  # of this process's one event loop
    if seconds <= 0:
        return
    if _waiting >= WAITING:
        raise TooMany
    _waiting += 1
    try:
        await asyncio.sleep(seconds)
    finally:
        _waiting -= 1
