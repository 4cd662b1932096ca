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
        self._lock = threading.Lock()

    def took(self, what: str, seconds: float) -> None:
        with self._lock:
            self.times[what].append(seconds)

    def error(self, who: str, reason: BaseException | str) -> None:
        said = " ".join(str(reason).split()) or type(reason).__name__
        with self._lock:
            self.errors.append(f"{who}: {said[:300]}")

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.took(what, time.monotonic() - begun)
