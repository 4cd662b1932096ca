"""Makes the checks that disturb the network: their stimulus, the condition before it, and that it is undone.

They are made one after the other, when all other checks have their verdicts.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from labs.engine.checks import Finding, Outcome
from labs.engine.definition import stimulus
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.grading.answers import ASK_SECONDS, answers_to
from labs.engine.grading.cases import POLL, Case, not_made, nothing_before, with_cause, with_evidence
from labs.engine.grading.graded_lab import Clock, GradedLab
from labs.engine.grading.network_convergence import NetworkConvergence
from labs.engine.grading.routing_convergence import RoutingConvergence
from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

logger = logging.getLogger(__name__)

AFTERWARDS = 1.0  # seconds, at least, in which a path that works again may become the expected one
NOT_UNDONE = _("This check could not be made: an earlier check changed the network, and the change could not be undone")


class DisturbingChecks:
    """Makes these checks in one attempt. ``network``: what the attempt knows so far about whether the network has converged."""

    def __init__(self, lab: Lab, asker: GradedLab, clock: Clock, network: NetworkConvergence) -> None:
        self._lab, self._asker, self._clock = lab, asker, clock
        self._answers = partial(answers_to, asker)
        self._network = network
        self._disturbed_by: Case | None = None  # the case with the last stimulus
        self._left_behind = False  # a stimulus could not be undone

    def make(self, case: Case) -> Finding:
        """Checks before the change, makes the change, checks until it passes or the time is over, and always undoes the change."""
        if self._left_behind:
            return not_made(case, Text(NOT_UNDONE))
        before = self._before(case)
        if before.outcome is not Outcome.PASSED:
            return before
        self._disturbed_by = case
        done: list[Mapping[str, Any]] = []
        began = self._clock.now()
        finding = before
        try:
            for action in case.check.do:
                done.append(action)  # before the action: one that fails half way is undone too
                self._asker.do(action)
            began = self._clock.now()  # a slow server takes long for a change
            finding = self._until(case, began)
        except EngineError as error:
            finding = case.type.unknown(case.on[0], str(error))
        finally:
            self._left_behind = not self._undo(done)
            self._network = NetworkConvergence(self._lab)  # it has just been changed
        taken = {"recovered_after": round(self._clock.now() - began, 2)} if finding.outcome is Outcome.PASSED else {}
        left = {"not_undone": True} if self._left_behind else {}
        return with_evidence(finding, {**taken, **finding.evidence, **left})

    def _before(self, case: Case) -> Finding:
        """Checks the condition before the stimulus; an unknown is asked again.

        The network has the time limit of this check to recover from an earlier stimulus. That may be the last one of the attempt
        before, if the learner asks for a check twice. Routing must have converged: what was typed a second ago is on its way.
        """
        case.begin(self._clock.now())
        routing = RoutingConvergence(self._lab, self._answers, case.began)
        while True:
            case.asked = self._clock.now()
            finding = self._check_before(case)
            if finding.outcome is Outcome.PASSED:
                routing.update(self._clock.now())
            now = self._clock.now()
            case.found(finding, now, due=now)
            if finding.outcome is Outcome.PASSED and routing.reached and self._has_recovered(now - case.began):
                return finding
            if finding.outcome is Outcome.UNKNOWN and not case.asks_again(now):
                return finding
            if finding.outcome is Outcome.FAILED and now - case.began >= pace.seconds(case.check.within):
                return finding
            if (asks := self._network.due_asks(now, fails=bool(case.failed))) is not None:
                self._network.see(self._answers(asks))
            if self._network.has_failed_for_good(case.failed, case.check.within):
                return finding
            self._clock.sleep(POLL)

    def _has_recovered(self, waited: float) -> bool:
        """Whether the network has recovered from the stimulus before, or has had its time to recover."""
        before = self._disturbed_by
        return (
            before is None
            or waited >= pace.seconds(before.check.within)
            or self._check_before(before).outcome is Outcome.PASSED
        )

    def _check_before(self, case: Case) -> Finding:
        before = case.type.beforehand()
        if before is None:
            return nothing_before(case)
        finding = before.judge(case.on, self._answers(before.asks(case.on)))
        if finding.outcome is Outcome.FAILED:
            return with_cause(finding, Text(case.type.NOT_BEFORE), case.type.expected())
        return finding

    def _until(self, case: Case, began: float) -> Finding:
        """Checks after the stimulus, until the finding is final."""
        case.begin(began)
        recovered = self._recovery(case)
        if recovered is None:
            return self._until_final(case, began)
        if recovered.outcome is not Outcome.PASSED:
            return replace(recovered, expected=case.type.expected())
        # It has recovered in time. On a slow server the time may be over when this is known, and the rest is looked at after that
        case.true_since = began + float(recovered.evidence["recovered_after"])
        case.begin(max(began, self._clock.now() + pace.seconds(AFTERWARDS) - case.limit()))
        return with_evidence(self._until_final(case, case.began), recovered.evidence)

    def _recovery(self, case: Case) -> Finding | None:
        """The finding of one question that lasts until the network has recovered; None for a type that claims nothing about time.

        Questions at intervals cannot tell it: on a slow server each waits for longer than the network may take.
        """
        while True:
            waited = self._clock.now() - case.began
            left = max(0.0, case.limit() - waited)
            if (recovery := case.type.recovery(left, case.check.hold)) is None:
                return None
            finding = recovery.judge(
                case.on, self._answers(recovery.asks(case.on), seconds=left + case.check.hold + ASK_SECONDS)
            )
            if finding.outcome is Outcome.PASSED:
                after = waited + float(finding.evidence["recovered_after"])
                return with_evidence(finding, {"recovered_after": round(after, 2)})
            if finding.outcome is Outcome.FAILED or self._clock.now() - case.began + POLL >= case.limit():
                return finding
            self._clock.sleep(POLL)

    def _until_final(self, case: Case, began: float) -> Finding:
        routing = RoutingConvergence(self._lab, self._answers, began)
        while True:
            asked = self._clock.now()
            case.finding = case.type.judge(case.on, self._answers(case.type.asks(case.on)))
            may_answer_yet = case.finding.outcome is Outcome.UNKNOWN and case.asks_again(asked)
            if case.passes_by_absence() and not routing.reached:
                routing.update(self._clock.now())
            elif not may_answer_yet and (concluded := case.concluded(asked)) is not None:
                return concluded
            self._clock.sleep(POLL)

    def _undo(self, done: Sequence[Mapping[str, Any]]) -> bool:
        """Undoes all actions, the last one first, each twice if necessary; says whether all of them worked."""
        worked = True
        for thing in dict.fromkeys(stimulus.thing(action) for action in reversed(done)):
            for last in (False, True):
                try:
                    self._asker.do(stimulus.undo(thing))
                    break
                except EngineError as error:
                    if last:
                        logger.warning("A stimulus could not be undone: %s: %s", thing, error)
                        worked = False
        return worked
