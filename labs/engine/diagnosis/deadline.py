"""The time limit of a diagnosis, for which a learner waits after the last verdict. What is not answered by then stays unknown."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from labs.engine import cpu_budget
from labs.engine.shared import pace

SECONDS = 1.7  # for the answers to all searches; with what is computed from them, a diagnosis ends within 2 seconds
PATIENCE = 0.6  # seconds without another answer, after which the rest of a round is late
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

    def answers(self, asks: Sequence[Ask], ask_all: AskAll) -> list[object]:
        """The answers, or LATE for each ask whose answer does not come in time. Raises what ``ask_all`` raises.

        What waits for different things is asked in requests of their own, side by side: a daemon that hangs makes nothing else
        late. It is left behind when nothing has arrived for PATIENCE, so that there is time for further asks.
        """
        answers: list[object] = [LATE] * len(asks)
        groups: dict[tuple[str, str], list[int]] = {}
        for position, ask in enumerate(asks if not self.is_over else ()):
            groups.setdefault(_waits_for(ask), []).append(position)
        received: queue.SimpleQueue[tuple[list[int], Sequence[object] | Exception]] = queue.SimpleQueue()
        cpu_budget.forget()
        for positions in groups.values():
            _begin(positions, [asks[position] for position in positions], ask_all, received.put)
        patience, timeout = pace.seconds(PATIENCE) + max(map(_listens, asks), default=0.0), self.left
        for _group in groups:
            try:
                positions, said = received.get(timeout=max(timeout, 0.0))
            except queue.Empty:
                break
            if isinstance(said, Exception):
                raise said
            for position, answer in zip(positions, said, strict=False):
                answers[position] = answer
            timeout = min(self.left, patience)
        return answers


def _listens(ask: Ask) -> float:
    return float(ask.get("seconds", 0.0))


def _waits_for(ask: Ask) -> tuple[str, str]:
    """The node, and what there may be slow: its daemons, or what listens. The kernel and its files answer at once."""
    kind = str(ask.get("ask"))
    return str(ask.get("node")), "daemons" if kind in ("vty", "bird") else kind if "seconds" in ask else "kernel"


def _begin(
    positions: list[int],
    asks: Sequence[Ask],
    ask_all: AskAll,
    put: Callable[[tuple[list[int], Sequence[object] | Exception]], None],
) -> None:
    """Send a request in a thread. Nobody waits for a thread whose answers are late; its request ends by itself."""

    def ask() -> None:
        try:
            with cpu_budget.beside():
                put((positions, ask_all(asks)))
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
            put((positions, error))

    threading.Thread(target=copy_context().run, args=(ask,), name="diagnosis", daemon=True).start()


def deadline() -> Deadline:
    return Deadline(pace.seconds(SECONDS))
