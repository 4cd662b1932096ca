"""Makes a lab that has just started a case of trouble: solved, and then one fault of the library in it, chosen by a seed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd
from random import Random

from labs.engine import diagnosis
from labs.engine.definition.spec import Kind, Lab
from labs.engine.errors import LabFailed
from labs.engine.faults import Placed, look, offered
from labs.engine.grading.grading import Asker, Outcome, Verdict, grade
from labs.engine.runtime.client import Session
from labs.engine.runtime.shell import type_lines, type_solution
from labs.engine.text import Text
from labs.engine.trouble_tickets.complaints import report

MOST_TRIES = 6  # faults, until one breaks what the lab checks
SHOWS, STAYS = (
    15.0,
    4.0,
)  # seconds until a fault is felt, and for which it must be felt: a session that begins anew is no fault
MENDED = 40.0  # seconds until all is well again without it
QUIET = ("unset HISTFILE", "set +o history")  # what is typed next is nobody's to read
SAVED = (
    "vtysh -c 'write memory'",
    "rm -f /etc/frr/*.sav /root/.history_frr",
)  # or what differs from the file would tell


class NoTrouble(LabFailed):
    """No ticket can be made of this lab."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault that is in a lab now."""

    placed: Placed
    report: Text  # what a customer says
    cause: Text | None  # what a diagnosis says of it, where it says the right thing


def candidates(places: Sequence[Placed], lab: str, seed: int) -> Iterator[Placed]:
    """Yields faults in the order of this seed: of consecutive seeds each begins with another, as long as there are others.

    The next in order is far from those of the neighbours' seeds, should one break nothing.
    """
    by_fault: dict[str, list[Placed]] = {}
    for placed in sorted(places, key=lambda placed: placed.key):
        by_fault.setdefault(placed.fault, []).append(placed)
    faults = sorted(by_fault)
    Random(lab).shuffle(faults)  # noqa: S311 - for variety; the same for everybody
    step = _far(len(faults))
    for number in range(len(faults)):
        here = by_fault[faults[(seed + number * step) % len(faults)]]
        yield here[Random(f"{lab} {seed}").randrange(len(here))]  # noqa: S311


def _far(count: int) -> int:
    """About half the way around, so that each is met once."""
    return next(step for step in range(max(1, count // 2), count + 2) if gcd(step, count) == 1) if count else 1


def make(session: Session, lab: Lab, seed: int, on_step: Callable[[str], None] = lambda step: None) -> Trouble:
    """Solve the lab, and put a fault into it that its checks feel. Raises NoTrouble, and what a session may raise."""
    on_step("solve")
    type_solution(session, lab)
    for verdict in _graded(session, lab):
        if verdict.outcome is not Outcome.PASSED:
            raise NoTrouble(f"The solution of {lab.id} does not pass {verdict.check}: {verdict.seen}")
    places = offered(look(session, lab))
    tried = list(candidates(places, lab.id, seed))[:MOST_TRIES]
    for placed in tried:
        on_step("break")
        _type(session, lab, placed, placed.put_in)
        if failed := _felt(session, lab):
            cause = _cause(session, lab, placed, failed)
            return Trouble(placed, report(lab, failed), cause)
        _type(session, lab, placed, placed.take_out)
        _wait_until_well(session, lab)
    names = ", ".join(placed.key for placed in tried) or "none has a place in it"
    raise NoTrouble(f"No fault breaks what {lab.id} checks: {names}.")


def _type(session: Session, lab: Lab, placed: Placed, lines: Sequence[str]) -> None:
    saved = SAVED if lab.nodes[placed.node].kind is Kind.FRR else ()
    type_lines(session, {placed.node: [*QUIET, *lines, *saved]})


def _calm(lab: Lab) -> list[str]:
    """The checks that disturb nothing."""
    return [check.id for check in lab.checks() if not check.do]


def _graded(session: Asker, lab: Lab) -> list[Verdict]:
    return grade(lab, session, attempt=True, checks=_calm(lab))


def _felt(session: Asker, lab: Lab) -> list[Verdict]:
    """The checks that fail because of the fault, once they go on failing; none if nothing is felt."""
    end, since = time.monotonic() + SHOWS, None
    while True:
        now = time.monotonic()
        failed = [one for one in grade(lab, session, attempt=False, checks=_calm(lab)) if one.outcome is Outcome.FAILED]
        if not failed:
            since = None
        elif since is None:
            since = now
        elif now - since >= STAYS:
            return failed
        if now > end and since is None:
            return []
        time.sleep(0.5)


def _wait_until_well(session: Asker, lab: Lab) -> None:
    end = time.monotonic() + MENDED
    while time.monotonic() < end:
        if all(one.outcome is Outcome.PASSED for one in _graded(session, lab)):
            return
    raise NoTrouble(f"{lab.id} did not recover when a fault was taken out of it.")


def _cause(session: Asker, lab: Lab, placed: Placed, failed: Sequence[Verdict]) -> Text | None:
    """What an attempt says of the fault, if that is the fault's own name."""
    ids = {one.check for one in failed}
    at_once = replace(
        lab,
        stages=tuple(
            replace(stage, checks=tuple(replace(check, within=0.0, hold=0.0, cause="") for check in stage.checks))
            for stage in lab.stages
        ),
    )
    named = diagnosis.CAUSES.get(placed.cause)
    causes = [one.cause for one in grade(at_once, session, attempt=True, checks=ids) if one.cause]
    return next((cause for cause in causes if named and cause.says(named)), None)
