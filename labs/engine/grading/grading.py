"""Grades a running lab: makes all checks together, repeats those with time left, and gives each check its verdict.

The checks that disturb the network are made in ``disturbing_checks``.
``grade`` does not raise when the engine fails: a check that could not be made is unknown.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from labs.engine import cpu_budget
from labs.engine.checks import Finding, Outcome, PathFailover
from labs.engine.definition.spec import Check, Lab
from labs.engine.diagnosis import changed_cables, diagnosis
from labs.engine.errors import EngineError
from labs.engine.grading.answers import ASK_SECONDS, answers_to
from labs.engine.grading.cases import (
    POLL,
    Case,
    case_of,
    in_order_of_needs,
    not_made,
    uncontrolled,
    waiting,
    with_needs,
)
from labs.engine.grading.disturbing_checks import DisturbingChecks
from labs.engine.grading.graded_lab import Clock, GradedLab
from labs.engine.grading.network_convergence import NetworkConvergence
from labs.engine.grading.parallel_requests import ParallelRequests
from labs.engine.grading.routing_convergence import RoutingConvergence
from labs.engine.grading.slow_asks import slowest
from labs.engine.grading.verdicts import Score, Verdict, score, verdict
from labs.engine.shared.cable import Cable
from labs.engine.state import recorded
from labs.engine.state.facts import State
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

__all__ = ["Outcome", "Score", "Verdict", "grade", "score"]

CABLES_SECONDS = 1.0  # for the list of cables, after a diagnosis that named no cause

NOT_YET = _("Waits until this check has passed: %(check)s")
NOT_YET_HIDDEN = _("Waits until another check has passed")
ON_ASKING = _("Checked only when you ask for a check, because it disturbs the network for a moment")
NO_NEED = _("This check needs another one, which could not be made: %(check)s")
NO_NEED_HIDDEN = _("This check needs another one, which could not be made")
NO_CONTROL_HIDDEN = _("This check counts only if its control, another check, passes too. The control has failed")
NO_CONTROL = _("This check counts only if its control, another check, passes too. The control has failed: %(check)s")


def grade(
    lab: Lab,
    asker: GradedLab,
    *,
    attempt: bool,
    stages: Collection[str] | None = None,
    checks: Collection[str] | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    explains: Callable[[Verdict], bool] | None = None,
    clock: Clock | None = None,
    first: str = "",
    idle: float = 0.0,
    untouched: bool = False,
    model: State | None = None,
) -> list[Verdict]:
    """Returns a verdict for each check in the stages (all if None), in the lab's order.

    With ``attempt=False`` (live checks) it reports the present state: it does not wait for ``within`` or ``hold``, and disturbs
    nothing. An attempt diagnoses the checks that failed; live checks diagnose only those for which ``explains`` returns true.
    ``model`` is the state of the solved lab; without it, the one that was recorded with the lab's proof.

    ``first`` is the stage whose verdicts an attempt gives first. ``idle``: for how many seconds, at least, nobody has changed
    anything in the lab; ``untouched``: nobody ever has. So much less an attempt has to wait until it knows that a check cannot
    pass any more, see ``network_convergence``.
    """
    with cpu_budget.reading():
        network = NetworkConvergence(lab, idle, untouched=untouched)
        grading = _Grading(lab, asker, attempt, stages, checks, on_verdict, explains, clock or Clock(), model, network)
        return grading.run(first)


class _Grading:
    def __init__(
        self,
        lab: Lab,
        asker: GradedLab,
        attempt: bool,
        stages: Collection[str] | None,
        checks: Collection[str] | None,
        on_verdict: Callable[[Verdict], None] | None,
        explains: Callable[[Verdict], bool] | None,
        clock: Clock,
        model: State | None,
        network: NetworkConvergence,
    ) -> None:
        self.lab, self.explains, self.model = lab, explains, model
        self.asker, self.attempt, self.on_verdict, self.clock = asker, attempt, on_verdict, clock
        self.stages, self.checks = stages, checks
        self.verdicts: dict[str, Verdict] = {}
        self.answers = partial(answers_to, asker)
        self.routing = RoutingConvergence(lab, self.answers, clock.now())
        self.routing_due = clock.now()
        self.network = network
        self.began = clock.now()
        every = {check.id: case_of(lab, stage.id, check) for stage in lab.stages for check in stage.checks}
        self.cases = with_needs(every, [case for case in every.values() if self._is_wanted(case)])

    def run(self, first: str) -> list[Verdict]:
        quiet = [case for case in self.cases.values() if not case.check.do]
        for case in quiet:
            case.begin(self.began)
        self._check(sorted(quiet, key=lambda case: case.stage != first), first)
        stimulated = in_order_of_needs([case for case in self.cases.values() if case.check.do])
        possible = [case for case in stimulated if not self._waits(case)]
        self._diagnose(quiet)  # before a stimulus: afterwards the network recovers, and would show other causes
        disturbing = DisturbingChecks(self.lab, self.asker, self.clock, self.network)
        for case in possible:
            if not self._waits(case):
                self._decide(case, disturbing.make(case))
        self._diagnose(stimulated)
        return [self.verdicts[name] for name, case in self.cases.items() if self._is_wanted(case)]

    def _diagnose(self, cases: Sequence[Case]) -> None:
        """Diagnoses the first checks that failed, side by side, and adds the nearest cause, or what was observed."""
        searches: list[tuple[Case, diagnosis.Search]] = []
        model = self.model or recorded.read(self.lab)
        for case in cases:
            if not self._can_be_diagnosed(case) or len(searches) == diagnosis.MOST:
                continue
            if not (self.attempt or (self.explains and self.explains(self.verdicts[case.check.id]))):
                continue
            made = self.verdicts[case.check.id]
            node = self.lab.nodes[made.node]
            if further := diagnosis.search(case.type, node, self.lab, made.evidence, model, case.stage):
                searches.append((case, further))
        found = diagnosis.run([further for _case, further in searches], self.answers)
        cables = self._cables() if any(map(_may_be_a_cable, found)) else {}
        for (case, _further), cause in zip(searches, found, strict=True):
            verdict = self.verdicts[case.check.id]
            if cables and _may_be_a_cable(cause) and not verdict.evidence.get("refused"):
                node, is_late = self.lab.nodes[verdict.node], bool(cause and cause.is_late)
                cause = changed_cables.search(case.type, node, self.lab, model, cables, cut_only=is_late) or cause
            # A live check that learned nothing leaves the cause that was found before, and is diagnosed again
            if cause and (self.attempt or not cause.is_late):
                self.verdicts[case.check.id] = replace(
                    verdict, cause=_told(case.check, verdict, cause), further=not cause.is_late
                )

    def _cables(self) -> Mapping[str, Cable]:
        """The cables that somebody has changed on the page: the lab knows them without asking a node."""
        try:
            return self.asker.cables(seconds=CABLES_SECONDS)
        except EngineError:
            return {}

    def _can_be_diagnosed(self, case: Case) -> bool:
        """The change of a stimulus is undone by now. Only for a failover does the present network still tell something."""
        return self._has_failed(case) and (not case.check.do or isinstance(case.type, PathFailover))

    def _has_failed(self, case: Case) -> bool:
        """Whether it was judged and failed. A check whose control has failed was not judged."""
        made = self.verdicts.get(case.check.id)
        return made is not None and made.outcome is Outcome.FAILED and bool(made.command)

    def _is_wanted(self, case: Case) -> bool:
        in_stage = self.stages is None or case.stage in self.stages
        return in_stage and (self.checks is None or case.check.id in self.checks)

    # All checks that change nothing

    def _check(self, quiet: Sequence[Case], first: str) -> None:
        """Makes the checks until each has its verdict. Slow questions, and those of the first stage, are requests of their own."""
        requests = ParallelRequests[Sequence[Case], list[object]](
            self.clock.sleep, threads=self.clock.threads and self.attempt
        )
        with requests:
            while pending := [case for case in quiet if not case.decided]:
                now = self.clock.now()
                fails = any(case.failed for case in pending)
                if self.attempt and (asks := self.network.due_asks(now, fails=fails)) is not None:
                    self._send(requests, (), asks)
                for due in self._groups(pending, first, now):
                    self._send(requests, due, [ask for case in due for ask in self._asks(case, now)])
                for group, answers in requests.ended(self._pause(pending)):
                    self._take(group, answers)
                self._conclude(pending)

    def _groups(self, pending: Sequence[Case], first: str, now: float) -> list[list[Case]]:
        """The checks that are due now, by the request that asks for them. In the beginning all are due, whatever they need."""
        groups: dict[tuple[bool, int], list[Case]] = {}
        for case in pending:
            is_held = case.finding is not None and self._open_needs(case)
            if case.decided or case.under_way or case.due > now or is_held or not self._may_ask(case):
                continue
            slow = slowest(case.type.asks(case.on))
            groups.setdefault((case.stage != first, slow) if self.attempt else (False, -1), []).append(case)
        return [groups[key] for key in sorted(groups)]

    def _asks(self, case: Case, now: float) -> list[dict[str, Any]]:
        case.asking = case.type.sooner() if self.attempt and case.finding is None else case.type
        case.asked, case.under_way, case.early = now, True, bool(self._open_needs(case))
        return case.asking.asks(case.on)

    def _send(
        self,
        requests: ParallelRequests[Sequence[Case], list[object]],
        group: Sequence[Case],
        asks: list[dict[str, Any]],
    ) -> None:
        requests.send(group, lambda: self.answers(asks))

    def _pause(self, pending: Sequence[Case]) -> float:
        """Seconds until something is to be asked again."""
        due = [case.due for case in pending if not case.under_way and not (case.finding and self._open_needs(case))]
        if self.attempt and any(case.failed for case in pending):
            due.append(self.network.due)
        now = self.clock.now()
        return max(0.0, min([*due, now + ASK_SECONDS]) - now)

    def _take(self, group: Sequence[Case], answers: Sequence[object]) -> None:
        """Takes in the answers to one request. No group: those about the whole network."""
        if not group:
            self.network.see(answers)
        at, now = 0, self.clock.now()
        for case in group:
            count = len(case.asking.asks(case.on))
            finding, at = case.asking.judge(case.on, answers[at : at + count]), at + count
            if not case.decided:
                case.found(finding, now, due=max(case.asked + POLL, now))

    def _conclude(self, pending: Sequence[Case]) -> None:
        """Gives its verdict to each check of which enough is known."""
        now = self.clock.now()
        for case in in_order_of_needs(pending):
            if case.decided or self._waits(case):
                continue
            if self._open_needs(case):
                case.begin(now)
            elif case.news and case.early and self._may_be_right_by_now(case):
                case.news, case.due = False, now
                case.begin(now, failed=[] if self._needs_came_later(case) else case.failed)
            elif case.news:
                case.news = False
                self._weigh(case, case.asked)
            if not case.decided and self.attempt and self.network.has_failed_for_good(case.failed, case.check.within):
                self._decide(case, case.given_up())
        if now >= self.routing_due and any(not case.decided and self._awaits_convergence(case) for case in pending):
            self.routing.update(self.clock.now())
            self.routing_due = self.clock.now() + POLL

    def _may_be_right_by_now(self, case: Case) -> bool:
        """Whether a case that was asked beside what it needs is asked again: what it needs became true meanwhile."""
        failed = case.finding is not None and case.finding.outcome is not Outcome.PASSED
        return self._needs_came_later(case) or (self.attempt and failed)

    def _needs_came_later(self, case: Case) -> bool:
        """Whether what the case needs was found to be true after the case was asked. Before, its failures say nothing about it."""
        return any(self.cases[need].asked > case.asked for need in case.check.before if need in self.cases)

    def _awaits_convergence(self, case: Case) -> bool:
        return case.passes_by_absence() and self.attempt and not self.routing.reached

    def _may_ask(self, case: Case) -> bool:
        return self.attempt or not case.type.DISTURBS

    def _weigh(self, case: Case, asked: float) -> None:
        """Gives the case its verdict, unless its finding may still change. ``asked`` is when its question was sent."""
        finding = case.finding
        assert finding is not None  # noqa: S101 - for the type checker: every ready case has been judged
        if finding.outcome is Outcome.UNKNOWN and case.asks_again(asked, within=self.attempt):
            return
        if self._awaits_convergence(case):
            return
        if not self.attempt:
            self._decide(case, finding)
        elif (concluded := case.concluded(asked)) is not None:
            self._decide(case, concluded)

    # Needs

    def _open_needs(self, case: Case) -> list[str]:
        return [need for need in case.check.before if need in self.cases and not self._has_passed(need)]

    def _has_passed(self, need: str) -> bool:
        return need in self.verdicts and self.verdicts[need].outcome is Outcome.PASSED

    def _is_unknown(self, need: str) -> bool:
        return self.verdicts[need].outcome is Outcome.UNKNOWN

    def _waits(self, case: Case) -> bool:
        """Gives the case its verdict if nothing more can be found out about it now, and says whether it did.

        A live check says nothing about a check that disturbs the network, whatever has become of its needs. Of the needs
        that did not pass, a failed one comes before an unknown one.
        """
        if (case.check.do or case.type.DISTURBS) and not self.attempt:
            self._decide(case, waiting(case, Text(ON_ASKING)))
            return True
        decided = [need for need in self._open_needs(case) if need in self.verdicts]
        if decided:
            self._decide(case, self._held_back(case, min(decided, key=self._is_unknown)))
            return True
        return False

    def _held_back(self, case: Case, need: str) -> Finding:
        """The finding of a case whose need or control has not passed. A failed control makes it fail.

        An unknown check costs no points: a check that needs it is unknown too, and so on.
        """
        check = self.cases[need].check
        hidden = not check.is_shown(passed=False)  # then the learner must not see its title
        if self._is_unknown(need):
            return not_made(case, Text(NO_NEED_HIDDEN) if hidden else Text(NO_NEED, check=Text.authored(check.title)))
        if need in case.check.control and self.verdicts[need].outcome is Outcome.FAILED:
            return uncontrolled(
                case, Text(NO_CONTROL_HIDDEN) if hidden else Text(NO_CONTROL, check=Text.authored(check.title))
            )
        return waiting(case, Text(NOT_YET_HIDDEN) if hidden else Text(NOT_YET, check=Text.authored(check.title)))

    def _decide(self, case: Case, finding: Finding) -> None:
        case.finding, case.decided = finding, True
        made = verdict(case.check, case.stage, finding, self.clock.now() - self.began)
        self.verdicts[case.check.id] = made
        if self.on_verdict and self._is_wanted(case):
            self.on_verdict(made)


def _may_be_a_cable(found: diagnosis.Cause | None) -> bool:
    """Whether a changed cable may be the cause: none was named."""
    return found is None or not (found.name or found.adds)


def _told(check: Check, verdict: Verdict, found: diagnosis.Cause) -> Text | None:
    """The cause that the learner reads: a named one replaces the author's; what was only observed stands beside it."""
    if found.is_late and verdict.cause:
        return found.beside(verdict.cause)
    if found.name or not verdict.cause or not (check.cause or found.adds):
        return found.text
    return found.beside(verdict.cause)
