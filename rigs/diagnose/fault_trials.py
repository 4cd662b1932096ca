"""Trials of generated faults: each in a fresh copy of its lab, solved with the fault in it, graded and diagnosed."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address, ip_interface

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Kind, Lab
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Verdict, grade
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.runtime import convergence
from labs.engine.runtime.client import LabClient
from labs.engine.shared import pace
from labs.engine.state import reading
from labs.engine.state.facts import State
from rigs.diagnose import judging
from rigs.diagnose.generators.fault import GeneratedFault
from rigs.diagnose.judging import Judged, Named

CONVERGENCE_SECONDS = pace.seconds(10.0)
RETRIES = 1  # of a trial that could not be made


class Effect(StrEnum):
    """The effect that a trial of a fault has shown."""

    FAILS = "fails"  # a check failed, so there was something to diagnose
    UNNOTICED = "goal broken, all checks passed"
    NONE = "no effect"
    NOT_MADE = "not made"


@dataclass(frozen=True, slots=True)
class FaultTrial:
    """A fault to put into a lab; without a fault, the lab or another right answer to it, where nothing may be named.

    ``other`` is the lab with the other answer, into which the fault is put. The diagnosis knows ``lab`` only.
    """

    lab: Lab
    fault: GeneratedFault | None = None
    answer: str = ""
    other: Lab | None = None

    @property
    def id(self) -> str:
        if self.fault is None:
            return f"{self.lab.id}/{self.answer or 'no fault'}"
        return f"{self.fault.id} in {self.answer}" if self.answer else self.fault.id


@dataclass(frozen=True, slots=True)
class FaultResult:
    effect: Effect
    judged: tuple[Judged, ...] = ()
    reached: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # host and address that replied
    problem: str = ""  # why it was not made; of a trial without a fault, what failed or was named
    seconds: float = 0.0
    diagnosis: float = 0.0  # seconds after the last verdict, of a lab whose checks change nothing
    solved: State | None = None  # of a trial without a fault

    @property
    def named(self) -> Named:
        return judging.worst(self.judged)


def run(
    trial: FaultTrial,
    runner: ParallelRunner,
    reached: Mapping[str, frozenset[tuple[str, str]]],
    solved: Mapping[str, State] | None = None,
) -> FaultResult:
    """Run a trial. By lab, ``reached`` holds what the hosts reach without a fault, and ``solved`` the state without one."""
    for last in (*[False] * RETRIES, True):
        try:
            return _once(trial, runner, reached.get(trial.lab.id), (solved or {}).get(trial.lab.id))
        except EngineError as error:
            if last:
                return FaultResult(Effect.NOT_MADE, problem=str(error))
            time.sleep(1)
    raise AssertionError


def _once(
    trial: FaultTrial, runner: ParallelRunner, reached: frozenset[tuple[str, str]] | None, solved: State | None
) -> FaultResult:
    began, lab = time.monotonic(), trial.lab
    right = trial.other or lab
    broken = tolerant(trial.fault.change(right)) if trial.fault else right
    with runner.running(broken, broken) as running:
        client = running.client
        convergence.wait(lab, client, seconds=CONVERGENCE_SECONDS)
        before: dict[str, Verdict] = {}
        last = time.monotonic()

        def keep(verdict: Verdict) -> None:  # as it is before the diagnosis
            nonlocal last
            before[verdict.check], last = verdict, time.monotonic()

        verdicts = grade(lab, client, attempt=True, on_verdict=keep, model=solved)
        explained = 0.0 if any(check.do for check in lab.checks()) else time.monotonic() - last
        if trial.fault is None:
            seconds, state = time.monotonic() - began, reading.take(lab, client)
            complaint = _complaints(verdicts)
            return FaultResult(Effect.NONE, (), _reach(lab, client), complaint, seconds, solved=state)
        judged = _judged(trial.fault, lab, client, verdicts, before)
        if not judged and any(verdict.outcome is Outcome.UNKNOWN for verdict in verdicts):
            return FaultResult(Effect.NOT_MADE, problem="a check is unknown")
        effect = Effect.FAILS
        if not judged:
            lost = reached is not None and _goal(reached, broken) - _reach(lab, client)
            effect = Effect.UNNOTICED if lost else Effect.NONE
    return FaultResult(effect, tuple(judged), seconds=time.monotonic() - began, diagnosis=explained)


def _goal(reached: frozenset[tuple[str, str]], broken: Lab) -> frozenset[tuple[str, str]]:
    """Return the pairs that should still be reached: an address that the fault took away is no goal of its own."""
    there = {address for _node, address in _addresses(broken)}
    return frozenset((host, address) for host, address in reached if address in there)


def tolerant(lab: Lab) -> Lab:
    """Return the lab that starts although a start command fails, such as a route by a next hop that is wrong now."""
    nodes = {
        name: replace(node, start=tuple(f"{{ {line}\n}} || true" for line in node.start))
        for name, node in lab.nodes.items()
    }
    return replace(lab, nodes=nodes)


def _judged(
    fault: GeneratedFault,
    lab: Lab,
    client: LabClient,
    verdicts: Sequence[Verdict],
    before: Mapping[str, Verdict],
) -> list[Judged]:
    def is_true(what: str, node: str, it: str) -> bool:
        return _lacks(lab, client, what, node, it)

    return [
        judging.judge(verdict, before[verdict.check].cause, fault.truths, is_true)
        for verdict in verdicts
        if judging.has_failed(verdict)
    ]


def _complaints(verdicts: Sequence[Verdict]) -> str:
    """Return what is wrong with the verdicts of a lab without a fault; empty if all passed and nothing was named."""
    return "; ".join(
        f"{verdict.check} {verdict.outcome}: {verdict.seen} {verdict.cause or ''}"
        for verdict in verdicts
        if verdict.outcome is not Outcome.PASSED
    )


def _lacks(lab: Lab, client: LabClient, what: str, node: str, address: str) -> bool:
    """Whether the kernel of this node has no route to the address now, or has not the address itself."""
    if node not in lab.nodes:
        return False
    try:
        version = ip_address(address.partition("/")[0]).version
    except ValueError:
        return False
    bare = address.partition("/")[0]
    args = [f"-{version}", "route", "get", bare] if what == "route" else [f"-{version}", "addr", "show"]
    [answer] = client.ask([{"ask": "ip", "node": node, "args": args}], seconds=5)
    if what == "route":
        return not answer.get("ok")
    return bool(answer.get("ok")) and f'"{bare}"' not in json.dumps(answer.get("json"))


def _reach(lab: Lab, client: LabClient) -> frozenset[tuple[str, str]]:
    """Return which hosts get replies from which addresses of the lab."""
    hosts = [node.name for node in lab.nodes.values() if node.kind is Kind.HOST]
    pairs = [(host, address) for host in hosts for name, address in _addresses(lab) if name != host]
    asks = [
        {
            "ask": "ping",
            "node": host,
            "count": 2,
            "interval": 0.1,
            "seconds": 1.0,
            "source": None,
            "at": None,
            "dst": to,
        }
        for host, to in pairs
    ]
    answers = client.ask(asks, seconds=20) if asks else []
    return frozenset(pair for pair, answer in zip(pairs, answers, strict=True) if answer.get("received"))


def _addresses(lab: Lab) -> Iterator[tuple[str, str]]:
    for link in lab.links:
        for end in link.ends:
            yield from (
                (end.node, str(held)) for text in end.addresses if not (held := ip_interface(text).ip).is_link_local
            )
    for node in lab.nodes.values():
        yield from ((node.name, str(ip_interface(text).ip)) for text in node.loopback)
