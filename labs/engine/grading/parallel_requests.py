"""Sends requests to a lab in parallel, so that a fast answer does not wait for a slow one."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import Self

from labs.engine import cpu_budget

MOST = 12  # requests at the same time; more of them wait


class ParallelRequests[Key, Answer]:
    """Requests that are under way, each in a thread. Without threads each is made at once, for a clock that does not run."""

    def __init__(self, sleep: Callable[[float], None], *, threads: bool) -> None:
        self._sleep = sleep
        self._threads = ThreadPoolExecutor(MOST, "grading") if threads else None
        self._ended: queue.SimpleQueue[tuple[Key, Answer | Exception]] = queue.SimpleQueue()
        self.under_way = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        """Nobody waits for what is still under way."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def send(self, key: Key, ask: Callable[[], Answer]) -> None:
        self.under_way += 1
        if self._threads is None:
            self._make(key, ask)
        else:
            self._threads.submit(copy_context().run, self._make, key, ask)

    def _make(self, key: Key, ask: Callable[[], Answer]) -> None:
        try:
            with cpu_budget.beside():
                answer = ask()
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self._ended.put((key, error))
        else:
            self._ended.put((key, answer))

    def ended(self, seconds: float) -> list[tuple[Key, Answer]]:
        """Wait for the next answer, at most so many seconds, and return all that are there. Raises what a request raised."""
        found: list[tuple[Key, Answer]] = []
        try:
            if self._ended.empty() and (self._threads is None or not self.under_way):
                self._sleep(seconds)
            else:
                found.append(self._next(timeout=seconds))
            while True:
                found.append(self._next(timeout=0.0))
        except queue.Empty:
            return found

    def _next(self, timeout: float) -> tuple[Key, Answer]:
        key, answer = self._ended.get(block=timeout > 0, timeout=timeout or None)
        self.under_way -= 1
        if isinstance(answer, Exception):
            raise answer
        return key, answer
