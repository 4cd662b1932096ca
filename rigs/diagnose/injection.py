"""Injects faults into a running network, waits until a check fails, and compares the cause that the diagnosis names."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Lab
from labs.engine.diagnosis import diagnosis
from labs.engine.errors import EngineError, LabFailed, TookTooLong
from labs.engine.faults import FAULTS, PlacedFault, read_network
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Runner, Shell
from rigs.diagnose.fault_network import FaultNetwork, Goal

FAIL_SECONDS, RECOVER_SECONDS = 25.0, 40.0
TRIES = 2  # a busy computer may not answer in time


@dataclass(frozen=True, slots=True)
class InjectionResult:
    """``placed`` are the faults that were injected together, the one nearest to the goal first."""

    placed: tuple[PlacedFault, ...]
    named: str  # the cause that the diagnosis named; empty if it named none
    report: str  # what the diagnosis reported; empty if nothing

    @property
    def key(self) -> str:
        return " + ".join(placed.key for placed in self.placed)

    @property
    def is_right(self) -> bool:
        """Whether the diagnosis named the nearest fault. If that has no cause, it must name none and report what it saw."""
        return self.named == self.placed[0].cause and bool(self.report)


def inject_all(
    client: LabClient, network: FaultNetwork, on_each: Callable[[InjectionResult], None]
) -> list[InjectionResult]:
    """Inject each fault of the network, one after the other in each chain. The chains run in parallel."""
    telling = threading.Lock()
    for goal in network.goals.values():
        if not reaches(client, network.lab, goal, Outcome.PASSED, RECOVER_SECONDS):
            raise LabFailed(f"{goal.type} on {goal.node} did not pass before any fault was injected.")
    seen = retried(lambda: read_network(client, network.lab))
    places = {placed.key: placed for fault in FAULTS for placed in fault.places(seen)} | dict(network.extra)

    def one_chain(chain: Sequence[str]) -> list[InjectionResult]:
        results = []
        for goal, _space, keys in (entry.partition(" ") for entry in chain):
            placed = tuple(places[key] for key in keys.split(" + "))
            results.append(inject_one(client, network.lab, network.goals[goal], placed))
            with telling:
                on_each(results[-1])
        return results

    with ThreadPoolExecutor(len(network.chains)) as pool:
        return [result for each in pool.map(one_chain, network.chains) for result in each]


def inject_into(
    runner: Runner,
    networks: Sequence[FaultNetwork],
    on_each: Callable[[InjectionResult], None],
    words: Sequence[str] = (),
) -> list[InjectionResult]:
    """Start these networks in parallel and inject all their faults, or those whose entry contains one of the words."""

    def one(network: FaultNetwork) -> list[InjectionResult]:
        chains = [[entry for entry in chain if not words or any(w in entry for w in words)] for chain in network.chains]
        network = replace(network, chains=[chain for chain in chains if chain])
        if not network.chains:
            return []
        with ExitStack() as stack:
            client = retried(lambda: stack.enter_context(runner.running(network.lab)))
            return inject_all(client, network, on_each)

    with ThreadPoolExecutor(len(networks)) as pool:
        return [result for each in pool.map(one, networks) for result in each]


def retried[T](what: Callable[[], T]) -> T:
    """Call again if the lab did not answer in time."""
    for _turn in range(TRIES - 1):
        try:
            return what()
        except TookTooLong:
            time.sleep(1)
    return what()


def inject_one(client: LabClient, lab: Lab, goal: Goal, placed: tuple[PlacedFault, ...]) -> InjectionResult:
    """Inject one entry of a chain. If the lab does not answer, that is the result, and the next entries are still injected."""
    try:
        return retried(lambda: _once(client, lab, goal, placed))
    except EngineError as error:
        return InjectionResult(placed, "?", str(error))


def _once(client: LabClient, lab: Lab, goal: Goal, placed: tuple[PlacedFault, ...]) -> InjectionResult:
    if not reaches(client, lab, goal, Outcome.PASSED, RECOVER_SECONDS):
        return InjectionResult(placed, "?", "the network did not work before")
    try:
        for fault in placed:
            _type(client, fault.node, fault.inject)
        for node, line in (goal.forget or {}).items():
            _type(client, node, (line,))
        if not reaches(client, lab, goal, Outcome.FAILED, FAIL_SECONDS):
            return InjectionResult(placed, "?", "the check did not fail")
        time.sleep(goal.settles)
        found = _cause(client, lab, goal)
    finally:
        for fault in reversed(placed):
            retried(partial(_type, client, fault.node, fault.repair))
    return InjectionResult(placed, found.name if found else "", str(found.text) if found else "")


def _type(client: LabClient, node: str, lines: Sequence[str]) -> None:
    with Shell(client, node, f"fault{threading.get_ident() % 1000}") as shell:
        for line in lines:
            shell.type(line)


def _cause(client: LabClient, lab: Lab, goal: Goal) -> diagnosis.Cause | None:
    further = diagnosis.search(goal.check(), lab.nodes[goal.node], lab)
    return diagnosis.run([further], client.ask)[0] if further else None


def reaches(client: LabClient, lab: Lab, goal: Goal, wanted: Outcome, seconds: float) -> bool:
    """Whether the check has this outcome within so many seconds. An answer that is late does not count."""
    check, node = goal.check(), lab.nodes[goal.node]
    for _at in _ticks(seconds):
        with suppress(TookTooLong):
            if check.judge([node], client.ask(check.asks([node]))).outcome is wanted:
                return True
    return False


def _ticks(seconds: float) -> Iterator[float]:
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        yield now
        time.sleep(0.3)
