"""Puts faults into a network that runs, waits until the learner's check fails, and compares the cause that is named."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from labs.engine import diagnosis
from labs.engine.checks import Outcome
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, LabFailed, TookTooLong
from labs.engine.faults import FAULTS, Placed, look
from labs.engine.runtime.client import Session
from labs.engine.runtime.runner import Runner, Shell
from rigs.diagnose.fault_network import Goal, Rig

FAIL_SECONDS, MEND_SECONDS = 25.0, 40.0
TRIES = 2  # of what a busy computer may not answer in time


@dataclass(frozen=True, slots=True)
class Tried:
    """``placed``: the faults that were put in together, the nearest to the goal first."""

    placed: tuple[Placed, ...]
    named: str  # "" where the diagnosis did not know
    said: str  # "" where it said nothing at all

    @property
    def key(self) -> str:
        return " + ".join(placed.key for placed in self.placed)

    @property
    def right(self) -> bool:
        """Whether the nearest was named; of what is not in the library, that no name was given, but what was seen."""
        return self.named == self.placed[0].cause and bool(self.said)


def try_all(session: Session, rig: Rig, on_each: Callable[[Tried], None]) -> list[Tried]:
    """Put each fault of the rig into its network. The chains run side by side."""
    told = threading.Lock()
    for goal in rig.goals.values():
        if not until(session, rig.lab, goal, Outcome.PASSED, MEND_SECONDS):
            raise LabFailed(f"{goal.type} on {goal.node} did not pass before any fault was put in.")
    network = _patiently(lambda: look(session, rig.lab))
    places = {placed.key: placed for fault in FAULTS for placed in fault.places(network)} | dict(rig.outside)

    def one_chain(chain: Sequence[str]) -> list[Tried]:
        tried = []
        for goal, _space, keys in (entry.partition(" ") for entry in chain):
            placed = tuple(places[key] for key in keys.split(" + "))
            tried.append(_try(session, rig.lab, rig.goals[goal], placed))
            with told:
                on_each(tried[-1])
        return tried

    with ThreadPoolExecutor(len(rig.chains)) as pool:
        return [tried for each in pool.map(one_chain, rig.chains) for tried in each]


def try_networks(
    bench: Runner, rigs: Sequence[Rig], on_each: Callable[[Tried], None], words: Sequence[str] = ()
) -> list[Tried]:
    """All faults of these networks, or those whose entry has one of the words; the networks side by side."""

    def one(rig: Rig) -> list[Tried]:
        chains = [[entry for entry in chain if not words or any(w in entry for w in words)] for chain in rig.chains]
        rig = replace(rig, chains=[chain for chain in chains if chain])
        if not rig.chains:
            return []
        with ExitStack() as stack:
            session = _patiently(lambda: stack.enter_context(bench.running(rig.lab)))
            return try_all(session, rig, on_each)

    with ThreadPoolExecutor(len(rigs)) as pool:
        return [tried for each in pool.map(one, rigs) for tried in each]


def _patiently[T](what: Callable[[], T]) -> T:
    """Once more where the lab did not answer in time."""
    for _turn in range(TRIES - 1):
        try:
            return what()
        except TookTooLong:
            time.sleep(1)
    return what()


def _try(session: Session, lab: Lab, goal: Goal, placed: tuple[Placed, ...]) -> Tried:
    """One fault. A lab that goes on not answering is said of this one, and the others are tried."""
    try:
        return _patiently(lambda: _once(session, lab, goal, placed))
    except EngineError as error:
        return Tried(placed, "?", str(error))


def _once(session: Session, lab: Lab, goal: Goal, placed: tuple[Placed, ...]) -> Tried:
    if not until(session, lab, goal, Outcome.PASSED, MEND_SECONDS):
        return Tried(placed, "?", "the network did not work before")
    try:
        for one in placed:
            _type(session, one.node, one.put_in)
        for node, line in (goal.forget or {}).items():
            _type(session, node, (line,))
        if not until(session, lab, goal, Outcome.FAILED, FAIL_SECONDS):
            return Tried(placed, "?", "the check did not fail")
        time.sleep(goal.settles)
        found = _named(session, lab, goal)
    finally:
        for one in reversed(placed):
            _patiently(lambda one=one: _type(session, one.node, one.take_out))  # type: ignore[misc]
    return Tried(placed, found.name if found else "", str(found.text) if found else "")


def _type(session: Session, node: str, lines: Sequence[str]) -> None:
    with Shell(session, node, f"fault{threading.get_ident() % 1000}") as shell:
        for line in lines:
            shell.type(line)


def _named(session: Session, lab: Lab, goal: Goal) -> diagnosis.Cause | None:
    further = diagnosis.look(goal.check(), lab.nodes[goal.node], lab)
    return diagnosis.run([further], session.ask)[0] if further else None


def until(session: Session, lab: Lab, goal: Goal, wanted: Outcome, seconds: float) -> bool:
    """Whether the check comes out so within this time; an answer that is late says neither."""
    check, node = goal.check(), lab.nodes[goal.node]
    for _at in _ticks(seconds):
        with suppress(TookTooLong):
            if check.judge([node], session.ask(check.asks([node]))).outcome is wanted:
                return True
    return False


def _ticks(seconds: float) -> Iterator[float]:
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        yield now
        time.sleep(0.3)
