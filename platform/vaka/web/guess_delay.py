"""What slows guessing down: wrong tries are counted, and the answer to each further try waits, also to a right one.

Codes of workshops, passwords, and codes of a second step share it. A right answer waits as long as a wrong one, so time tells
nothing, and whoever gives up early has learnt nothing. Counts lie in the site's cache, which several processes may share. Who
waits is known to each process alone.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections


class TooMany(Exception):
    """So many wait already that this one does not."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A wait that grows: the first FREE wrong tries of a window wait for nothing, each one more adds STEP seconds."""

    window: int  # seconds
    free: int
    step: float
    longest: float

    def seconds(self, wrong: float) -> float:
        return min(self.longest, self.step * max(0.0, wrong - self.free))


def count(key: str, window: int, *, add: int = 0) -> float:
    """How many were counted under the key in the last WINDOW seconds; ADD counts so many more.

    Two counters side by side, of this window and of the one before: the older one counts less and less, so no moment forgets all.
    """
    now = time.time()
    number, gone = int(now // window), now % window / window
    before: int = cache.get(_name(key, number - 1), 0)
    return _add(_name(key, number), add, 2 * window) + before * (1 - gone)


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
    except ValueError:  # it was dropped just now
        cache.set(name, many, timeout=keep)
        return many
    return counted


class Places:
    """How many may wait at once, in this process: MOST in all, and of each key as many as who comes says."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()  # a place is taken in a view's thread and given back by the event loop
        self._all = 0
        self._of = Counter[str]()

    def take(self, most_of: Mapping[str, int]) -> "Place":
        """Take a place under all these keys. Raises TooMany."""
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
    """One who waits; given back once."""

    def __init__(self, places: Places, keys: tuple[str, ...]) -> None:
        self._places, self._keys, self._held = places, keys, True

    def give_back(self) -> None:
        if self._held:
            self._held = False
            self._places.give_back(self._keys)


class Waiting:
    """What one request waits for before it is answered. Views add to it in their threads."""

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
        if place:  # its visitor has gone meanwhile
            place.give_back()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Give all places back in the end, whatever happens to the request."""
        try:
            yield
        finally:
            with self._lock:
                self._over = True
                places, self._places = self._places, []
            for place in places:
                place.give_back()


async def wait(seconds: float) -> None:
    """Wait, holding neither a thread nor a connection to the database."""
    if seconds > 0:
        await sync_to_async(_let_go_of_the_database)()
        await asyncio.sleep(seconds)


def _let_go_of_the_database() -> None:
    """Close what Django would close at the end of the request."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # a test's own
            connection.close_if_unusable_or_obsolete()
