"""Collects what a rehearsal measured and what went wrong, from many threads."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Notes:
    """``times`` are seconds by measurement; ``errors`` are sentences."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.wrong: list[str] = []  # of the room view
        self.slowest: dict[str, float] = defaultdict(float)  # seconds of the slowest reading of each page
        self._lock = threading.Lock()

    def took(self, what: str, seconds: float) -> None:
        with self._lock:
            self.times[what].append(seconds)

    def error(self, who: str, reason: BaseException | str) -> None:
        said = " ".join(str(reason).split()) or type(reason).__name__
        with self._lock:
            self.errors.append(f"{who}: {said[:300]}")

    @contextmanager
    def timed_page(self, path: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.took("page", took := time.monotonic() - begun)
        with self._lock:
            self.slowest[path] = max(self.slowest[path], took)
