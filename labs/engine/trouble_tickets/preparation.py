"""Prepares a trouble ticket in a lab that has just started: solves the lab, then puts one fault into it, chosen by a seed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from math import gcd
from random import Random

from labs.engine.definition.spec import Kind, Lab
from labs.engine.diagnosis import diagnosis
from labs.engine.errors import LabFailed
from labs.engine.faults import PlacedFault, available_faults, read_network
from labs.engine.grading.graded_lab import GradedLab
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.shell import type_lines, type_solution
from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.engine.trouble_tickets.complaints import report

MOST_FAULTS = 6  # that we try until one makes a check fail
MOST_OF_GROUP = 4  # of them, while there are others: a lab may have a group of faults that its checks do not notice
# Seconds until a fault makes a check fail, and for which it must go on failing: a session that restarts is not a fault
FAILS_WITHIN, FAILS_FOR = pace.seconds(15.0), pace.seconds(4.0)
RECOVERS_WITHIN = pace.seconds(40.0)  # seconds after a fault was removed
NO_HISTORY = ("unset HISTFILE", "set +o history")  # the shell does not record the lines that follow
# FRR's running configuration must not differ from its file, or the difference would reveal the fault
SAVE_CONFIGURATION = ("vtysh -c 'write memory'", "rm -f /etc/frr/*.sav /root/.history_frr")


class NoTicket(LabFailed):
    """No ticket can be prepared in this lab."""


@dataclass(frozen=True, slots=True)
class PreparedTicket:
    """The fault that is in the lab now, and what is said about it."""

    placed: PlacedFault
    report: Text  # what a customer reports
    cause: Text | None  # what the diagnosis says, if it names the right cause


type Rank = Callable[[str], tuple[int, int]]  # of a kind of fault: its group, and its place within the group


def no_rank(_fault: str) -> tuple[int, int]:
    return 0, 0


def candidates(places: Sequence[PlacedFault], lab: str, seed: int, rank: Rank = no_rank) -> Iterator[PlacedFault]:
    """Yield faults by RANK, those of one rank in the order of this seed.

    Consecutive seeds begin with different faults, as long as there are enough. The second fault of a seed is far from the first
    ones of its neighbours, in case the first makes no check fail.
    """
    by_fault: dict[str, list[PlacedFault]] = {}
    for placed in sorted(places, key=lambda placed: placed.key):
        by_fault.setdefault(placed.fault, []).append(placed)
    faults = sorted(by_fault)
    Random(lab).shuffle(faults)  # noqa: S311 - for variety; the same for everybody
    for _rank, group in groupby(sorted(faults, key=rank), key=rank):
        alike = list(group)
        step = _far(len(alike))
        for number in range(len(alike)):
            here = by_fault[alike[(seed + number * step) % len(alike)]]
            yield here[Random(f"{lab} {seed}").randrange(len(here))]  # noqa: S311 - for variety


def to_try(places: Sequence[PlacedFault], lab: str, seed: int, rank: Rank = no_rank) -> list[PlacedFault]:
    """Return the faults that are tried, in their order: the first ones of each group of RANK, and then the others."""
    ordered = list(candidates(places, lab, seed, rank))
    begins = [
        placed
        for _group, faults in groupby(ordered, key=lambda placed: rank(placed.fault)[0])
        for placed in islice(faults, MOST_OF_GROUP)
    ]
    return [*begins, *(placed for placed in ordered if placed not in begins)][:MOST_FAULTS]


def _far(count: int) -> int:
    """Return a step of about half the count that visits each number once."""
    return next(step for step in range(max(1, count // 2), count + 2) if gcd(step, count) == 1) if count else 1


def prepare(
    client: LabClient,
    lab: Lab,
    seed: int,
    on_step: Callable[[str], None] = lambda step: None,
    rank: Rank = no_rank,
) -> PreparedTicket:
    """Solve the lab, and inject a fault that makes a check fail, one of the lowest RANK if there is such a fault.

    Raises NoTicket, and what a session may raise.
    """
    on_step("solve")
    type_solution(client, lab)
    for verdict in _graded(client, lab):
        if verdict.outcome is not Outcome.PASSED:
            raise NoTicket(f"The solution of {lab.id} does not pass {verdict.check}: {verdict.seen}")
    places = available_faults(read_network(client, lab))
    tried = to_try(places, lab.id, seed, rank)
    for placed in tried:
        on_step("break")
        _type(client, lab, placed, placed.inject)
        if failed := _lasting_failures(client, lab):
            cause = _cause(client, lab, placed, failed)
            return PreparedTicket(placed, report(lab, failed), cause)
        _type(client, lab, placed, placed.repair)
        _wait_until_recovered(client, lab)
    names = ", ".join(placed.key for placed in tried) or "the lab has no place for any"
    raise NoTicket(f"No fault makes a check of {lab.id} fail: {names}.")


def _type(client: LabClient, lab: Lab, placed: PlacedFault, lines: Sequence[str]) -> None:
    save = SAVE_CONFIGURATION if lab.nodes[placed.node].kind is Kind.FRR else ()
    type_lines(client, {placed.node: [*NO_HISTORY, *lines, *save]})


def _quiet_checks(lab: Lab) -> list[str]:
    """Return the ids of the checks that change nothing in the network."""
    return [check.id for check in lab.checks() if not check.do]


def _graded(client: GradedLab, lab: Lab) -> list[Verdict]:
    return grade(lab, client, attempt=True, checks=_quiet_checks(lab))


def _lasting_failures(client: GradedLab, lab: Lab) -> list[Verdict]:
    """Return the failed checks once checks have failed for FAILS_FOR seconds; none if that does not happen in time."""
    end, since = time.monotonic() + FAILS_WITHIN, None
    while True:
        now = time.monotonic()
        verdicts = grade(lab, client, attempt=False, checks=_quiet_checks(lab))
        failed = [verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED]
        if not failed:
            since = None
        elif since is None:
            since = now
        elif now - since >= FAILS_FOR:
            return failed
        if now > end and since is None:
            return []
        time.sleep(0.5)


def _wait_until_recovered(client: GradedLab, lab: Lab) -> None:
    end = time.monotonic() + RECOVERS_WITHIN
    while time.monotonic() < end:
        if all(verdict.outcome is Outcome.PASSED for verdict in _graded(client, lab)):
            return
    raise NoTicket(f"{lab.id} did not recover after a fault was removed.")


def _cause(client: GradedLab, lab: Lab, placed: PlacedFault, failed: Sequence[Verdict]) -> Text | None:
    """Return what an attempt says about the fault, if it names the fault's own cause."""
    ids = {verdict.check for verdict in failed}
    at_once = replace(
        lab,
        stages=tuple(
            replace(stage, checks=tuple(replace(check, within=0.0, hold=0.0, cause="") for check in stage.checks))
            for stage in lab.stages
        ),
    )
    named = diagnosis.CAUSES.get(placed.cause)
    causes = [verdict.cause for verdict in grade(at_once, client, attempt=True, checks=ids) if verdict.cause]
    return next((cause for cause in causes if named and cause.says(named)), None)
