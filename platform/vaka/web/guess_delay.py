"""Slows guessing down: wrong guesses are counted, and after some of them every answer is delayed.

This is the mechanism. Workshops (``services.wrong_join_codes``) and accounts (``password_guesses``, ``signup_code``,
``mail_limits``) have the numbers of their codes, passwords and mails. A correct guess waits as long as a wrong one, so that neither
the delay nor giving up early tells anything. The counts are in the site's cache, which several processes may share. The
waiting requests are known to each process alone.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from asgiref.sync import sync_to_async
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
    """The number of requests that may wait at once in this process: ``most`` in all, for each key as the caller says."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()  # views take places in their threads, and the event loop returns them
        self._all = 0
        self._of = Counter[str]()

    def take(self, most_of: Mapping[str, int]) -> "Place":
        """Take a place that counts for all these keys. Raises TooMany."""
        with self._lock:
            if self._all >= self.most or any(self._of[key] >= most for key, most in most_of.items()):
                raise TooMany
            self._all += 1
            self._of.update(most_of.keys())
        return Place(self, tuple(most_of))

    def give_back(self, keys: tuple[str, ...]) -> None:
        with self._lock:
            self._all -= 1
            self._of.subtract(keys)
            for key in keys:
                if self._of[key] <= 0:
                    del self._of[key]

    @property
    def taken(self) -> int:
        return self._all


class Place:
    """The place of one waiting request. It is returned once."""

    def __init__(self, places: Places, keys: tuple[str, ...]) -> None:
        self._places, self._keys, self._held = places, keys, True

    def give_back(self) -> None:
        if self._held:
            self._held = False
            self._places.give_back(self._keys)


class Waiting:
    """The delay of one request before it is answered. Views add to it in their threads."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._places: list[Place] = []
        self._over = False
        self._lock = threading.Lock()

    def add(self, seconds: float, place: Place | None = None) -> None:
        with self._lock:
            self.seconds = max(self.seconds, seconds)
            if place and not self._over:
                self._places.append(place)
                return
        if place:  # the client has disconnected meanwhile
            place.give_back()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Return all places at the end, whatever happens to the request."""
        try:
            yield
        finally:
            with self._lock:
                self._over = True
                places, self._places = self._places, []
            for place in places:
                place.give_back()


async def wait(seconds: float) -> None:
    """Wait without holding a thread or a database connection."""
    if seconds > 0:
        await sync_to_async(_release_database)()
        await asyncio.sleep(seconds)


def _release_database() -> None:
    """Close the connections that Django would close at the end of the request."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # not in the transaction of a test
            connection.close_if_unusable_or_obsolete()
