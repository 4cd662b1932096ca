"""How long a diagnosis may take: a learner waits for it after the last verdict. What has no answer by then is not known."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from labs.engine import budget
from labs.engine.shared import pace

SECONDS = 1.7  # for the answers to all looks; with what is computed from them, a diagnosis ends within 2 seconds
LATE = {"ok": False, "kind": "timeout", "error": "There was no time left to ask."}

type Ask = dict[str, Any]
type AskAll = Callable[[Sequence[Ask]], Sequence[object]]


@dataclass(slots=True)
class Deadline:
    """The moment at which nobody waits any more. ``now`` is a clock in seconds."""

    seconds: float
    now: Callable[[], float] = time.monotonic
    end: float = 0.0

    def __post_init__(self) -> None:
        self.end = self.now() + self.seconds

    @property
    def left(self) -> float:
        return self.end - self.now()

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def answers(self, asks: Sequence[Ask], ask_all: AskAll) -> Sequence[object]:
        """The answers, or LATE for each ask if they do not come in time. Raises what ``ask_all`` raises."""
        late = [LATE] * len(asks)
        if not asks or self.is_over:
            return late
        received: queue.SimpleQueue[Sequence[object] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                with budget.beside():
                    received.put(ask_all(asks))
            except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
                received.put(error)

        budget.forget()
        # Nobody waits for a thread whose answers are late; its request ends by itself.
        threading.Thread(target=copy_context().run, args=(ask,), name="diagnosis", daemon=True).start()
        try:
            answers = received.get(timeout=max(self.left, 0.0))
        except queue.Empty:
            return late
        if isinstance(answers, Exception):
            raise answers
        return answers


def deadline() -> Deadline:
    return Deadline(pace.seconds(SECONDS))
