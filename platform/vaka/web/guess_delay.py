"""Slows guessing down: wrong guesses are counted, and after some of them each guess waits before it is checked.

This is the mechanism. Workshops (``services.wrong_join_codes``) and accounts (``password_guesses``, ``signup_code``,
``mail_limits``) have the numbers of their codes, passwords and mails. A correct guess waits as long as a wrong one, and a guess
whose client disconnects is not checked. So neither the delay nor leaving early tells anything. The counts are in the site's
cache, which several processes may share. The waiting requests are known to each process alone.
"""

import asyncio
import heapq
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.db import connections


class TooMany(Exception):
    """Too many requests wait already, so this one is refused."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A delay that grows: the first ``free`` wrong guesses of a window cause none, and each further one adds ``step`` seconds."""

    window: int  # seconds
    free: int
    step: float
    longest: float

    def seconds(self, wrong: float) -> float:
        return min(self.longest, self.step * max(0.0, wrong - self.free))


def count(key: str, window: int, *, add: int = 0) -> float:
    """Return how many guesses were counted under the key in the last ``window`` seconds; count ``add`` more first.

    There are two counters, of this window and of the one before. The older one counts less and less, so that the total never
    drops to zero at once.
    """
    now = time.time()
    number, elapsed = int(now // window), now % window / window
    before: int = cache.get(_name(key, number - 1), 0)
    return _add(_name(key, number), add, 2 * window) + before * (1 - elapsed)


def forget(key: str, window: int) -> None:
    number = int(time.time() // window)
    cache.delete_many([_name(key, number), _name(key, number - 1)])


def _name(key: str, number: int) -> str:
    return f"guessing:{key}:{number}"


def _add(name: str, many: int, keep: int) -> int:
    if not many:
        found: int = cache.get(name, 0)
        return found
    cache.add(name, 0, timeout=keep)
    try:
        counted: int = cache.incr(name, many)
    except ValueError:  # the cache dropped it at this moment
        cache.set(name, many, timeout=keep)
        return many
    return counted


def shares(networks: Sequence[str], most: Sequence[int]) -> dict[str, int]:
    """Return how many places each network of a request may have: ``most`` is for the smallest network first."""
    return dict(zip(networks, most, strict=False))  # an IPv4 address is one network


class Places:
    """The number of requests that may wait at once in this process: ``most`` in all, for each key as the caller says.

    A place is taken for the whole delay. A client that disconnects does not free it sooner.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()  # views take places in their threads
        self._held: list[tuple[float, tuple[str, ...]]] = []  # a heap: the end of the delay first
        self._of = Counter[str]()

    def take(self, most_of: Mapping[str, int], seconds: float) -> None:
        """Take a place that counts for all these keys, for so many seconds. Raises TooMany."""
        with self._lock:
            self._free_past()
            if len(self._held) >= self.most or any(self._of[key] >= most for key, most in most_of.items()):
                raise TooMany
            heapq.heappush(self._held, (time.monotonic() + seconds, tuple(most_of)))
            self._of.update(most_of.keys())

    @property
    def taken(self) -> int:
        with self._lock:
            self._free_past()
            return len(self._held)

    def _free_past(self) -> None:
        while self._held and self._held[0][0] <= time.monotonic():
            _end, keys = heapq.heappop(self._held)
            self._of.subtract(keys)
            for key in keys:
                if self._of[key] <= 0:
                    del self._of[key]


def wait(seconds: float) -> None:
    """Wait in the thread of a view, without a database connection, before the guess is checked.

    If the client disconnects, the wait ends with a ``CancelledError``, and so does the view: the guess is never checked.
    """
    if seconds > 0:
        _release_database()
        async_to_sync(asyncio.sleep)(seconds)


def moment_in(seconds: float) -> float:
    return time.monotonic() + seconds


def wait_until(moment: float) -> None:
    """Wait until a moment of ``moment_in``."""
    if (seconds := moment - time.monotonic()) > 0:
        wait(seconds)


def wait_in(places: Places, most_of: Mapping[str, int], seconds: float) -> bool:
    """Wait in one of these places. Return False at once if there is none for these keys."""
    if seconds > 0:
        try:
            places.take(most_of, seconds)
        except TooMany:
            return False
    wait(seconds)
    return True


def _release_database() -> None:
    """Close the connections that Django would close at the end of the request."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # not in the transaction of a test
            connection.close_if_unusable_or_obsolete()
