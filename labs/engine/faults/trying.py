"""Puts faults into a network that runs, waits until the learner's check fails, and compares the cause that is named."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from labs.engine import diagnosis
from labs.engine.checks import Outcome
from labs.engine.client import Session
from labs.engine.faults import FAULTS, Placed, look
from labs.engine.faults.rig import Goal, Rig
from labs.engine.spec import Lab
from labs.engine.workbench import Shell

FAIL_SECONDS, MEND_SECONDS = 25.0, 40.0


@dataclass(frozen=True, slots=True)
class Tried:
    placed: Placed
    named: str  # "" where the diagnosis did not know
    said: str

    @property
    def right(self) -> bool:
        return self.named == self.placed.cause


def try_all(session: Session, rig: Rig, on_each: Callable[[Tried], None]) -> list[Tried]:
    """Put each fault of the rig into its network. What hurts one goal comes one after the other, the goals side by side."""
    told = threading.Lock()
    for goal in rig.goals.values():
        if not until(session, rig.lab, goal, Outcome.PASSED, MEND_SECONDS):
            raise TimeoutError(f"{goal.type} on {goal.node} did not pass before any fault was put in.")
    network = look(session, rig.lab)
    places = {placed.key: placed for fault in FAULTS for placed in fault.places(network)}

    def one_goal(name: str) -> list[Tried]:
        tried = []
        for key in rig.faults[name]:
            tried.append(_try(session, rig.lab, rig.goals[name], places[key]))
            with told:
                on_each(tried[-1])
        return tried

    with ThreadPoolExecutor(len(rig.faults)) as pool:
        return [tried for each in pool.map(one_goal, rig.faults) for tried in each]


def _try(session: Session, lab: Lab, goal: Goal, placed: Placed) -> Tried:
    if not until(session, lab, goal, Outcome.PASSED, MEND_SECONDS):
        return Tried(placed, "", "the network did not work before")
    with Shell(session, placed.node, "fault") as shell:
        for line in placed.put_in:
            shell.type(line)
        for node, line in (goal.forget or {}).items():
            with Shell(session, node, "forget") as host:
                host.type(line)
        failed = until(session, lab, goal, Outcome.FAILED, FAIL_SECONDS)
        check, node_ = goal.check(), lab.nodes[goal.node]
        if failed and not goal.forget:
            time.sleep(1)  # a protocol needs a moment to say why: a peer that is tried again, a state that is reached
        found = diagnosis.cause(check, node_, lab, session.ask(diagnosis.asks(check, node_, lab))) if failed else None
        for line in placed.take_out:
            shell.type(line)
    said = str(found.text) if found else "I do not know" if failed else "the check did not fail"
    return Tried(placed, found.name if found else "", said)


def until(session: Session, lab: Lab, goal: Goal, wanted: Outcome, seconds: float) -> bool:
    check, node = goal.check(), lab.nodes[goal.node]
    return any(check.judge([node], session.ask(check.asks([node]))).outcome is wanted for _at in _ticks(seconds))


def _ticks(seconds: float) -> Iterator[float]:
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        yield now
        time.sleep(0.3)
