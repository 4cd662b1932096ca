"""Tells whether programs of the lab waited so long for a CPU that a question without an answer says nothing about them.

The answer to a question about a service comes from a program, and on a busy server that program may not have run in time. The
kernel counts how long each thread was ready to run and did not run. Where the lab itself has used up its CPU, the server is not
to blame, and the question counts.
"""

import asyncio
import time
from typing import Self

from labs.engine.shared import pace
from labs.supervisor.asks import NoAnswer
from labs.supervisor.resource_use import most_cpu, used_cpu, waited_for_cpu

PATIENT = 0.5  # seconds on a usual server after which the count begins: most answers have come by then
MOST = 0.5  # of the time since then: a thread that waited for longer was starved
OWN_USE = 0.8  # of the lab's limit of CPU: a lab that used more has kept its programs waiting itself
STARVED = "The server was too busy: a program of the lab waited {waited:.1f} of {seconds:.1f} s for a CPU."


class CpuStarvedPrograms:
    """Counts while it is entered. Only a question that waits for long is counted, so that a fast answer costs nothing."""

    def __enter__(self) -> Self:
        self._begun, self._used, self._before = 0.0, 0, dict[str, int]()
        self._timer = asyncio.get_running_loop().call_later(pace.seconds(PATIENT), self.count)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def count(self) -> None:
        """Begin to count."""
        self._before, self._used, self._begun = waited_for_cpu(), used_cpu(), time.monotonic()

    def must_be_few(self) -> None:
        """Raise NoAnswer if a program was starved, so that its check is unknown."""
        seconds = time.monotonic() - self._begun
        if self._before and (waited := self._longest()) > MOST * seconds and not self._is_its_own_doing(seconds):
            raise NoAnswer("timeout", STARVED.format(waited=waited, seconds=seconds))

    def _is_its_own_doing(self, seconds: float) -> bool:
        """Whether the lab has used nearly all the CPU that it may use."""
        return (used_cpu() - self._used) / 1e7 > OWN_USE * most_cpu() * seconds > 0

    def _longest(self) -> float:
        """The seconds that the latest of all threads has waited; a new thread counts since its start."""
        return max((many - self._before.get(thread, 0) for thread, many in waited_for_cpu().items()), default=0) / 1e9
