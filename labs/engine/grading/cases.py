"""One check until it has its verdict, the order of checks by their needs, and the findings of checks that are not made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from labs.engine.checks import TYPES, CheckType, Finding, Outcome
from labs.engine.definition.spec import Check, Lab, Node
from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

POLL = 0.5  # seconds between two questions of one check
RETRIES = 2  # the least number of times that an unknown is asked again

NOT_HELD = _("It was true, but not for %(seconds)s seconds")


class Failure(NamedTuple):
    """A question that failed. ``lasting``: it takes its full time, so that one of them says as much as two others.

    ``by_sight``: it failed by what was seen, and nothing that is still to come makes that unseen.
    """

    asked: float
    answered: float
    lasting: bool = False
    by_sight: bool = False


@dataclass(slots=True, eq=False)
class Case:
    """One check until it has its verdict."""

    check: Check
    stage: str
    type: CheckType
    on: list[Node]
    finding: Finding | None = None
    decided: bool = False
    retries: int = RETRIES
    began: float = 0.0  # the time at which all its needs had passed
    true_since: float | None = None
    broke: bool = False  # it passed, and then failed again
    asking: CheckType = field(init=False)  # the type that has asked last
    asked: float = 0.0  # when its last question was sent
    early: bool = False  # it was sent before all needs had passed
    under_way: bool = False  # its question is not answered yet
    news: bool = False  # its finding has not been weighed
    due: float = 0.0  # when it is asked next
    failed: list[Failure] = field(default_factory=list)  # one after the other

    def __post_init__(self) -> None:
        self.asking = self.type

    def begin(self, now: float, failed: Sequence[Failure] = ()) -> None:
        """Starts its time limit, and allows the retries of an unknown again. ``failed``: its failures that still count."""
        self.began, self.retries, self.failed = now, RETRIES, list(failed)

    def found(self, finding: Finding, now: float, due: float) -> None:
        """Takes in the answer to its question; it may be asked again when it is due."""
        self.finding, self.under_way, self.news, self.due = finding, False, True, due
        if finding.outcome is Outcome.FAILED:
            by_sight = self.type.one_failure_is_enough(finding)
            lasting = self.asking is not self.type or by_sight
            self.failed.append(Failure(self.asked, now, lasting=lasting, by_sight=by_sight))
        else:
            self.failed.clear()

    def asks_again(self, now: float, *, within: bool = True) -> bool:
        """Whether an unknown is asked once more: RETRIES times at least, and in an attempt until its time limit."""
        self.retries -= 1
        return self.retries >= 0 or (within and now - self.began < self.limit())

    def passes_by_absence(self) -> bool:
        """Whether it passes because something is not there, which may still be on its way."""
        return self.finding is not None and self.finding.outcome is Outcome.PASSED and self.type.proves_absence()

    def concluded(self, asked: float) -> Finding | None:
        """The final finding of an attempt; None while it may still change. ``asked`` is when its question was sent.

        The time until the answers were there does not count: one round waits for the slowest of its questions, and what another
        one saw at the round's beginning says nothing about its end. A check that failed again may pass once more before its time
        limit: a network that has just changed is often right for a moment before it converges.
        """
        assert self.finding is not None  # noqa: S101 - for the type checker: the caller has judged the case
        if self.finding.outcome is Outcome.PASSED:
            self.true_since = asked if self.true_since is None else self.true_since
            return self.finding if asked - self.true_since >= self.check.hold else None
        if self.finding.outcome is not Outcome.FAILED:
            return self.finding
        self.broke, self.true_since = self.broke or self.true_since is not None, None
        return None if asked - self.began < self.limit() else self.given_up()

    def limit(self) -> float:
        """Its time limit on this server in seconds: as long as its author says, and longer where the server is slow.

        A claim about time keeps the seconds of its author: otherwise a network with timers that are too long would pass on a slow
        server. Such timers run in seconds of the clock.
        """
        return self.check.within if self.type.TIMED else pace.seconds(self.check.within)

    def given_up(self) -> Finding:
        """The final finding of a check that has failed, and does not pass any more."""
        assert self.finding is not None  # noqa: S101 - as above
        return _not_held(self.finding, self.check.hold) if self.broke else self.finding


def case_of(lab: Lab, stage: str, check: Check) -> Case:
    return Case(check, stage, TYPES[check.type].parse(check.expect).placed(lab), [lab.nodes[name] for name in check.on])


def with_needs(every: Mapping[str, Case], wanted: Sequence[Case]) -> dict[str, Case]:
    """Returns the wanted cases and all cases that they need, in the lab's order."""
    names = {case.check.id for case in wanted}
    todo = list(names)
    while todo:
        needs = set(every[todo.pop()].check.before) - names
        names |= needs
        todo += needs
    return {name: case for name, case in every.items() if name in names}


def in_order_of_needs(cases: Sequence[Case]) -> list[Case]:
    """Sorts the cases so that each comes after those that it needs; the parser has refused cycles."""
    by_id = {case.check.id: case for case in cases}
    ordered: dict[str, Case] = {}

    def visit(case: Case) -> None:
        for need in case.check.before:
            if need in by_id and need not in ordered:
                visit(by_id[need])
        ordered[case.check.id] = case

    for case in cases:
        visit(case)
    return list(ordered.values())


def waiting(case: Case, seen: Text) -> Finding:
    return _without_judgement(case, Outcome.WAITING, seen)


def uncontrolled(case: Case, seen: Text) -> Finding:
    return _without_judgement(case, Outcome.FAILED, seen)


def not_made(case: Case, seen: Text) -> Finding:
    return _without_judgement(case, Outcome.UNKNOWN, seen)


def _without_judgement(case: Case, outcome: Outcome, seen: Text) -> Finding:
    return Finding(outcome=outcome, expected=case.type.expected(), seen=seen, node=case.on[0].name)


def nothing_before(case: Case) -> Finding:
    return Finding(outcome=Outcome.PASSED, expected=case.type.expected(), seen=Text.plain(""))


def _not_held(finding: Finding, hold: float) -> Finding:
    seen, then = Text(NOT_HELD, seconds=f"{hold:g}"), {**finding.evidence, "then": str(finding.seen)}
    return replace(finding, outcome=Outcome.FAILED, seen=seen, evidence=then)


def with_evidence(finding: Finding, more: Mapping[str, Any]) -> Finding:
    return replace(finding, evidence={**finding.evidence, **more})


def with_cause(finding: Finding, cause: Text, expected: Text) -> Finding:
    return replace(finding, cause=cause, expected=expected)
