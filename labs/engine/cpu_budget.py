"""A CPU time budget for reading a lab's answers.

A learner can make a node answer anything, and reading answers takes CPU time of a process that serves many labs. So each lab
session has a budget, in each process that reads answers. When it is used up, nothing more is read: the checks become *unknown*,
and no other session has to wait. The session of ``of`` pays for everything that is read inside it.
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
from labs.engine.shared import pace

SECONDS, WINDOW = 3.0, 60.0  # of CPU time; in so many seconds of real time. Both follow the pace of the server
EVERY = 200  # steps between two readings of the CPU clock
KEPT = 1000  # sessions whose budgets are kept in memory


class Budget:
    """The CPU time that reading one session's answers may take within a window of time. Threads share the budget."""

    def __init__(self, seconds: float, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.window, self._clock = seconds, window, clock
        self._lock = threading.Lock()
        self._ends = -math.inf
        self._used: dict[str, float] = {}  # by node, since the window began

    def take(self, node: str, seconds: float) -> None:
        """Charge CPU time for reading a node's answers. Raises TooMuch, for the node that used most, if the budget is used up."""
        with self._lock:
            if self._clock() >= self._ends:
                self._ends, self._used = self._clock() + self.window, {}
            self._used[node] = self._used.get(node, 0.0) + seconds
            if sum(self._used.values()) > self.seconds:
                raise self._over()

    def over(self) -> TooMuch | None:
        """Return the error while the budget is used up, else None."""
        with self._lock:
            is_spent = self._clock() < self._ends and sum(self._used.values()) > self.seconds
            return self._over() if is_spent else None

    def _over(self) -> TooMuch:
        return TooMuch(max(self._used, key=lambda node: self._used[node]), self.seconds, self.window)


class Reading:
    """The reading of answers in one thread, charged to one session's budget."""

    def __init__(self, budget: Budget, cpu: Callable[[], float] = time.thread_time) -> None:
        self.budget, self._cpu = budget, cpu
        self.node = ""  # whose answers are read now; without a node nothing is charged
        self.steps = 0
        self._paid_at, self._next_look = cpu(), EVERY
        # Results by answer. The answers are kept too, so that their ids stay unique
        self._results: dict[Hashable, tuple[Any, Any]] = {}

    def step(self, steps: int) -> None:
        self.steps += steps
        if self.steps >= self._next_look:
            self._next_look = self.steps + EVERY
            self._pay()

    def _pay(self) -> None:
        now = self._cpu()
        seconds, self._paid_at = now - self._paid_at, now
        if self.node:
            self.budget.take(self.node, seconds)

    @contextmanager
    def of_node(self, node: str) -> Iterator[None]:
        """Charge what happens inside to this node's answers."""
        self._pay()
        outer, self.node = self.node, node
        try:
            self.budget.take(node, 0.0)
            yield
            self._pay()
        finally:
            self._paid_at, self.node = self._cpu(), outer

    def once(self, key: Hashable, kept: object, make: Callable[[], Any]) -> Any:
        if key not in self._results:
            self._results[key] = kept, make()
        return self._results[key][1]

    def forget(self) -> None:
        self._results.clear()


_now: ContextVar[Reading | None] = ContextVar("reading", default=None)
budgets: OrderedDict[str, Budget] = OrderedDict()  # by session, the last used at the end
_lock = threading.Lock()


def budget_of(session: str) -> Budget:
    """Return the session's budget in this process."""
    with _lock:
        found = budgets.pop(session, None) or Budget(pace.seconds(SECONDS), pace.seconds(WINDOW))
        budgets[session] = found
        while len(budgets) > KEPT:
            budgets.popitem(last=False)
        return found


@contextmanager
def of(session: object) -> Iterator[Budget]:
    """Charge everything that is read inside to this session."""
    budget = budget_of(str(session))
    token = _now.set(Reading(budget))
    try:
        yield budget
    finally:
        _now.reset(token)


@contextmanager
def reading() -> Iterator[Reading]:
    """Read inside an outer ``of``, if there is one; else, for an author's tools, without a limit."""
    found = _now.get() or Reading(Budget(math.inf))
    token = _now.set(found)
    try:
        yield found
    finally:
        found.forget()
        _now.reset(token)


@contextmanager
def beside() -> Iterator[None]:
    """Read in another thread of the same work, and charge the same budget. CPU time is measured for each thread."""
    found = _now.get()
    if found is None:
        yield
        return
    token = _now.set(Reading(found.budget))
    try:
        yield
    finally:
        _now.reset(token)


@contextmanager
def of_node(node: str) -> Iterator[None]:
    """Charge what happens inside to this node's answers. Raises TooMuch if the budget is used up."""
    found = _now.get()
    if found is None:
        yield
        return
    with found.of_node(node):
        yield


def step(steps: int = 1) -> None:
    """Count one step of reading. Every loop over a lab's answers calls it. Raises TooMuch if the budget is used up."""
    if (found := _now.get()) is not None:
        found.step(steps)


def over() -> TooMuch | None:
    """Return the error while the session's budget is used up, else None."""
    found = _now.get()
    return found.budget.over() if found else None


def forget() -> None:
    """Forget the results of ``once``: new answers arrive."""
    if (found := _now.get()) is not None:
        found.forget()


def once[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Make a function remember its result for each answer, until ``forget``. The result is shared: callers must not change it."""

    @wraps(function)
    def remembered(*args: P.args, **named: P.kwargs) -> T:
        found = _now.get()
        if found is None:
            return function(*args, **named)
        given = (*args, *named.items())
        key = (function, *(one if isinstance(one, str | int | tuple | None) else id(one) for one in given))
        result: T = found.once(key, given, lambda: function(*args, **named))
        return result

    return remembered
