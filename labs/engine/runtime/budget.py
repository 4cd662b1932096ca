"""What it costs to read a lab's answers, and who pays for it.

Whatever a node says, its learner may have made it say so, and reading it takes CPU time of a process that looks at many labs. So
each lab session has a budget of it, in each process that reads. What is over the budget is not read: its checks are *unknown*, and
no other session waits for it. What is read inside ``of`` is read at that session's expense.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from labs.engine.errors import TooMuch

SECONDS, WINDOW = 3.0, 60.0  # of CPU time, in so many seconds of the clock
EVERY = 200  # steps of reading between two looks at the clock
KEPT = 1000  # sessions whose budgets are remembered


class Budget:
    """The CPU time that reading one session's answers may take within a window of time. Threads share it."""

    def __init__(
        self, seconds: float = SECONDS, window: float = WINDOW, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds, self.window, self._clock = seconds, window, clock
        self._lock = threading.Lock()
        self._ends = -math.inf
        self._used: dict[str, float] = {}  # by node, since the window began

    def take(self, node: str, seconds: float) -> None:
        """Pay for reading what a node said; raises TooMuch when there is nothing left, and names the node that used most."""
        with self._lock:
            if self._clock() >= self._ends:
                self._ends, self._used = self._clock() + self.window, {}
            self._used[node] = self._used.get(node, 0.0) + seconds
            if sum(self._used.values()) > self.seconds:
                raise self._over()

    def over(self) -> TooMuch | None:
        """What is to be said while nothing is left."""
        with self._lock:
            is_spent = self._clock() < self._ends and sum(self._used.values()) > self.seconds
            return self._over() if is_spent else None

    def _over(self) -> TooMuch:
        return TooMuch(max(self._used, key=lambda node: self._used[node]), self.seconds)


class Reading:
    """What is read in one thread, at one session's expense."""

    def __init__(self, budget: Budget, cpu: Callable[[], float] = time.thread_time) -> None:
        self.budget, self._cpu = budget, cpu
        self.node = ""  # whose answers are read now; nobody's are free
        self.steps = 0
        self._paid_at, self._look_at = cpu(), EVERY
        self._made: dict[
            Hashable, tuple[Any, Any]
        ] = {}  # what was made of answers, and these, so that their ids stay theirs

    def step(self, steps: int) -> None:
        self.steps += steps
        if self.steps >= self._look_at:
            self._look_at = self.steps + EVERY
            self._pay()

    def _pay(self) -> None:
        now = self._cpu()
        seconds, self._paid_at = now - self._paid_at, now
        if self.node:
            self.budget.take(self.node, seconds)

    @contextmanager
    def of_node(self, node: str) -> Iterator[None]:
        """What happens inside is to read what this node said."""
        self._pay()
        outer, self.node = self.node, node
        try:
            self.budget.take(node, 0.0)
            yield
            self._pay()
        finally:
            self._paid_at, self.node = self._cpu(), outer

    def once(self, key: Hashable, kept: object, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = kept, make()
        return self._made[key][1]

    def forget(self) -> None:
        self._made.clear()


_now: ContextVar[Reading | None] = ContextVar("reading", default=None)
_budgets: OrderedDict[str, Budget] = OrderedDict()
_lock = threading.Lock()


def budget_of(session: str) -> Budget:
    """The session's budget in this process."""
    with _lock:
        found = _budgets.pop(session, None) or Budget()
        _budgets[session] = found
        while len(_budgets) > KEPT:
            _budgets.popitem(last=False)
        return found


@contextmanager
def of(session: object) -> Iterator[Budget]:
    """All that is read inside is read at this session's expense."""
    budget = budget_of(str(session))
    token = _now.set(Reading(budget))
    try:
        yield budget
    finally:
        _now.reset(token)


@contextmanager
def reading() -> Iterator[Reading]:
    """As ``of``, where somebody has said whose expense it is; else, for an author's tools, at nobody's."""
    found = _now.get() or Reading(Budget(math.inf))
    token = _now.set(found)
    try:
        yield found
    finally:
        found.forget()
        _now.reset(token)


@contextmanager
def of_node(node: str) -> Iterator[None]:
    """What happens inside is to read what this node said; raises TooMuch where nothing is left for it."""
    found = _now.get()
    if found is None:
        yield
        return
    with found.of_node(node):
        yield


def step(steps: int = 1) -> None:
    """One more thing of a lab is looked at; raises TooMuch when nothing is left. Every loop over what a lab said comes by here."""
    if (found := _now.get()) is not None:
        found.step(steps)


def over() -> TooMuch | None:
    """What is to be said while the session has used up its budget."""
    found = _now.get()
    return found.budget.over() if found else None


def forget() -> None:
    """New answers come: what was made of those before is of no more use."""
    if (found := _now.get()) is not None:
        found.forget()


def once[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Read each answer once: the same function of the same answer gives what it gave before, until new ones come.

    What it gives is shared, so nobody may change it.
    """

    @wraps(function)
    def shared(*args: P.args, **named: P.kwargs) -> T:
        found = _now.get()
        if found is None:
            return function(*args, **named)
        given = (*args, *named.items())
        key = (function, *(one if isinstance(one, str | int | tuple | None) else id(one) for one in given))
        made: T = found.once(key, given, lambda: function(*args, **named))
        return made

    return shared
