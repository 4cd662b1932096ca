"""Guessing codes is slow, but for nobody who knows one: only wrong codes wait, and they all count together, from wherever."""

import asyncio
import time

from django.core.cache import cache

FREE = 30  # wrong codes a minute of a whole site: a room that mistypes
STEP, LONGEST = 0.2, 5.0  # seconds that each one more waits longer, and at most
WAITING = 100  # wrong codes that wait at once; more are sent away

_waiting = 0


class TooMany(Exception):
    """So many wrong codes wait already that this one is not looked at twice."""


def count_wrong() -> float:
    """Count a wrong code; return the seconds that its answer waits."""
    key = f"workshops:wrong:{int(time.time() // 60)}"
    cache.add(key, 0, timeout=120)
    return min(LONGEST, STEP * max(0, cache.incr(key) - FREE))


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
