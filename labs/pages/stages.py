"""The stages panel: each stage with its guide, its checks (labs.pages.check_row) and its points; where the learner is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labs.engine.definition.spec import Check, Stage
from labs.engine.translatable_text import Text
from labs.lifecycle import cable_causes, captures, check_statuses, shown_stages, work_begun
from labs.lifecycle.work_begun import has_worked_since, is_worked_in, passes_by_itself
from labs.models import Attempt, CheckStatus
from labs.pages.catalogue import Card
from labs.pages.check_row import CheckView, can_log_in
from labs.pages.guide import Guide, guide_of
from labs.pages.lit_nodes_and_links import lit_by
from labs.pages.panel import Panel

STAGE_WORDS = {
    "pass": _("Passed"),
    "fail": _("Failed"),
    "run": _("In progress"),
    "assist": _("Assisted"),
    "part": _("Partly passed"),
    "open": _("Not passed"),  # somebody has worked on it, and it is not tried now
    "none": _("Not started"),
}


@dataclass(frozen=True, slots=True)
class StageView:
    number: int
    stage: Stage
    checks: list[CheckView]
    guide: str
    now: bool  # the learner works on this stage
    after: Stage | None
    assisted: bool = False  # it was done for the learner
    shown: bool = False  # its solution was shown to the learner: it gives no points
    way_to_points: str = ""  # what a learner to whom it was shown can do to earn its points
    is_worked_on: bool = (
        False  # the learner has come to it, and has worked in the lab since: a check that is made now tries it
    )

    @property
    def shape(self) -> str:
        if self.now:
            return "run"
        if self.assisted:
            return "assist"
        if all(check.passed for check in self.checks):
            return "assist" if self.shown else "pass"
        return "fail" if any(check.shape == "fail" for check in self.checks) else "none"

    @property
    def word(self) -> str:
        if self.shape == "pass" and self.is_lapsed:
            return gettext("Passed, does not pass now")
        if self.shape == "pass" and self.has_failed_since:
            return gettext("Passed, failed in a later check")
        if self.now and not (self.is_worked_on or any(check.begun for check in self.checks)):
            return str(STAGE_WORDS["part" if self.has_passes else "none"])
        if self.shape != "none":
            return str(STAGE_WORDS[self.shape])
        return str(STAGE_WORDS["part" if self.has_passes else "open" if self.is_worked_on else "none"])

    @property
    def has_passes(self) -> bool:
        """Whether something in it passes, or has passed since the last reset, if only by itself."""
        return any(check.is_reached for check in self.checks)

    @property
    def is_reached(self) -> bool:
        """Whether the learner is past this stage: each check has passed since the last reset. A later check changes nothing."""
        return all(check.is_reached for check in self.checks)

    @property
    def is_lapsed(self) -> bool:
        """Whether something that stays passed does not pass now."""
        return any(check.is_lapsed for check in self.checks)

    @property
    def has_failed_since(self) -> bool:
        """Whether something that passed in an attempt failed in a later one, and nobody knows whether it passes now."""
        return any(check.has_failed_since for check in self.checks)

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def hidden(self) -> int:
        """The points of the hidden checks."""
        return self.stage.points - sum(check.check.points for check in self.checks)


class StagesPanel(Panel):
    @cached_property
    def guide(self) -> Guide:
        return guide_of(self.lab)

    @cached_property
    def best(self) -> Attempt | None:
        """The learner's best attempt at this lab, in any session."""
        return Attempt.objects.best(self.learner, self.lab.id)

    @property
    def card(self) -> Card:
        """The lab as the catalogue shows it."""
        return Card(self.lab, self.best)

    @cached_property
    def last(self) -> Attempt | None:
        """The last attempt or ungraded check of the session. In a class lab the attempts of all seats have the same time."""
        if self.session is None:
            return None
        return self.session.attempts.select_related("job").annotate(is_before_return=work_begun.before_return()).first()

    @property
    def result(self) -> Attempt | None:
        """The last attempt or ungraded check of the learner in the lab that runs; None in a trouble ticket and in an exam."""
        is_shown = self.subject.is_ready and not (self.subject.ticket or self.subject.is_exam or self._begins_again)
        return self.last if is_shown and self.last and self.last.learner_id == self.learner.pk else None

    @cached_property
    def check_statuses(self) -> dict[str, CheckStatus]:
        """The status of each check that has run, or has passed, since the last reset, by check id."""
        session = None if self.subject.is_exam else self.session
        rows = session.check_statuses.all() if session else CheckStatus.objects.none()
        return {row.check_id: row for row in rows if row.outcome or row.is_passed or row.reached}

    @cached_property
    def seen_at(self) -> datetime | None:
        """The time of the last run of a check since the last reset."""
        return max((row.seen_at for row in self.check_statuses.values() if row.outcome), default=None)

    @property
    def assisted(self) -> list[str]:
        """The ids of the stages that were done for the learner in this session, in a class lab at their seat."""
        session, seat = self.session, self.subject.seat
        return [*(session.assisted if session else []), *(seat.assisted if seat else [])]

    @cached_property
    def shown(self) -> frozenset[str]:
        """The ids of the stages that give no points in this session, because their solution was shown to the learner."""
        return shown_stages.of(self.session, self.subject.seat) if self.session else frozenset()

    @cached_property
    def earned_with_new_values(self) -> frozenset[str]:
        """The ids of the stages that would give points if the learner started the lab with new values, and not otherwise."""
        return shown_stages.earned_with_new_values(self.learner, self.lab)

    @property
    def has_help(self) -> bool:
        """Whether stages give no points because they were done for the learner, or shown to them."""
        return bool(self.assisted or self.shown)

    @property
    def way_to_points(self) -> str:
        """Advice on how to earn the points of the stages that were shown."""
        ways = list(dict.fromkeys(view.way_to_points for view in self.all if view.shown))
        if len(ways) > 1:
            return gettext("Each of them says whether you can still earn its points.")
        return ways[0] if ways else ""

    @cached_property
    def never_earned(self) -> frozenset[str]:
        """The ids of the stages that give no points any more once they were shown: their solution is the same everywhere."""
        if self.subject.seat and self.session and self.lab.has_bots:
            return shown_stages.same_at_all_seats(self.session)
        return shown_stages.same_with_all_values(self.lab)

    def _way_to_points(self, stage: str) -> str:
        """Advice on how to earn the points of a stage that was shown. Empty where there are no other values at all."""
        if not (self.lab.has_bots if self.subject.seat else self.lab.parameters):
            return ""
        if self.subject.seat:
            same = gettext("Its solution is the same at all seats, so you cannot earn its points later.")
            other = gettext("To earn its points, take another class-lab seat.")
        else:
            same = gettext("Its solution is the same with all values, so you cannot earn its points later.")
            other = gettext("To earn its points, stop the lab and start it with new values.")
        return same if stage in self.never_earned else other

    @cached_property
    def all(self) -> list[StageView]:
        views = [self._view(number, stage) for number, stage in enumerate(self.lab.stages, 1)]
        here = self._current(
            views
        )  # also in a lab that does not run: what nobody had begun is not a failure afterwards
        return [self._with_place(view, here, views[: view.number - 1]) for view in views]

    def _with_place(self, view: StageView, here: StageView | None, before: Sequence[StageView]) -> StageView:
        """Return the stage, which knows whether the learner is there, and which of its checks they have tried."""
        is_reached = here is None or view.number <= here.number
        statuses = [check.status for one in before for check in one.checks]
        seat = self.subject.seat
        has_asked = is_reached and is_worked_in(self.session, seat) and self._has_asked_since(statuses)
        is_tried = bool(self.subject.ticket) or has_asked
        is_worked_on = is_tried or (is_reached and has_worked_since(self.session, statuses, seat))
        tried = [is_tried or (is_reached and check.was_achieved) for check in view.checks]
        is_idle = not (here is None or is_tried or view.assisted or view.is_reached)
        by_itself = [
            is_idle
            and check.status is not None
            and check.status.is_true
            and passes_by_itself(self.session, check.status, statuses, is_here=view is here, seat=seat)
            for check in view.checks
        ]
        # In a trouble ticket nothing stays: a fault hides in what passes
        is_behind = self.subject.ticket is None and work_begun.is_behind(check.status for check in view.checks)
        checks = [
            replace(
                check,
                begun=was_tried,
                by_itself=alone,
                is_behind=is_behind,
                in_progress=is_worked_on,
                opened=check.opened and was_tried and not is_behind,
            )
            for check, was_tried, alone in zip(view.checks, tried, by_itself, strict=True)
        ]
        return replace(
            view,
            now=view is here and self.subject.is_ready,
            checks=checks,
            is_worked_on=is_worked_on,
        )

    def _has_asked_since(self, before: Sequence[CheckStatus | None]) -> bool:
        """Whether the learner has requested a check since the last reset, for work done after these of the stages before passed."""
        if self.last is None or self._begins_again:
            return False
        # A check that completes the stage before, or is requested because it is complete, has not tried it
        at = self.last.worked_at or self.last.asked_at
        return all(status.first_passed_at <= at for status in before if status and status.first_passed_at)

    @property
    def _begins_again(self) -> bool:
        """Whether all nodes, or those of the seat, were reset since the last attempt or ungraded check, or are being reset."""
        seat = self.subject.seat
        # A seat of a class lab has a new holder, or was skipped to a stage
        is_of_before = bool(seat and self.last and self.last.asked_at < seat.since)
        return is_of_before or getattr(self.last, "is_before_return", False)

    def _view(self, number: int, stage: Stage) -> StageView:
        visible = [check for check in stage.checks if self._is_visible(check)]
        statuses = [self.check_statuses.get(check.id) for check in visible]
        first = next((i for i, status in enumerate(statuses) if status and self._is_news(status)), None)
        assisted, shown = stage.id in self.assisted, stage.id in self.shown
        checks = [
            CheckView(
                check,
                status,
                opened=i == first,
                assisted=assisted or shown,
                explains=self.subject.ticket is None and not self.subject.is_exam,
                own=bool(status and can_log_in(self.lab, status.node)),
                lit=lit_by(self.lab, check),
                unplugged=self.unplugged,
                runs=self.subject.is_ready,
                settling=bool(status and self.is_settling(status)),
            )
            for i, (check, status) in enumerate(zip(visible, statuses, strict=True))
        ]
        after = next(iter(self.lab.stages[number:]), None)
        guide = self.guide.stages.get(stage.id, "")
        way = self._way_to_points(stage.id) if shown else ""
        return StageView(number, stage, checks, guide, False, after, assisted, shown, way)

    @cached_property
    def unplugged(self) -> dict[str, Text]:
        """The causes that the cables unplugged on the page are, by both their ends. In a class lab some are other people's."""
        found, own = cable_causes.unplugged(self.session, self.lab), list(captures.cables(self.lab))
        others = [link for link in found if link not in own]
        return cable_causes.sentences(found) | cable_causes.sentences(others, cable_causes.OF_OTHERS)

    @staticmethod
    def _current(views: Sequence[StageView]) -> StageView | None:
        """The stage in which the learner works. It follows the learner: a later stage that breaks an earlier one stays it."""
        own = [view for view in views if not view.assisted]
        open_ = [view for view in own if not view.is_reached]
        lost = [view for view in own if not all(check.passed for check in view.checks)]
        return next(iter([*open_, *lost]), None)

    @property
    def now(self) -> StageView | None:
        return next((view for view in self.all if view.now), None)

    @property
    def skippable(self) -> list[StageView]:
        """The stages after the one in which the learner works: to skip back would undo what they did."""
        if self.subject.is_exam:
            return []
        return [view for view in self.all[1:] if self.now and view.number > self.now.number and view.shape != "pass"]

    @cached_property
    def visible_ids(self) -> list[str]:
        """The ids of the checks that the learner may see."""
        return [check.id for check in self.lab.checks() if self._is_visible(check)]

    def _is_visible(self, check: Check) -> bool:
        """Whether the learner may see the check. A hidden check appears once it has passed, or never."""
        status = self.check_statuses.get(check.id)
        return check.is_shown(passed=bool(status and status.first_passed_at))

    def is_settling(self, status: CheckStatus) -> bool:
        """Whether a pass ended a moment ago, and may come back by itself. A job, or a cable of the page, has ended it for good."""
        if not self.subject.is_ready or self.session is None or self.session.cables:
            return False
        ended_at = self.last.job.ended_at if self.last else None
        return check_statuses.is_settling(status, timezone.now()) and not (ended_at and ended_at >= status.since)

    def _is_news(self, status: CheckStatus) -> bool:
        """Whether a failed check is worth opening: the learner has requested a check, or this one had passed before."""
        has_failed = status.outcome == "failed" and not status.is_passed
        return (
            has_failed
            and not self.is_settling(status)
            and (self.last is not None or status.first_passed_at is not None)
        )

    @property
    def check_count(self) -> int:
        """The number of checks, also of hidden ones, which appear once they have passed: so it stays the same."""
        return sum(len(view.stage.checks) for view in self.all)

    @property
    def passed_count(self) -> int:
        """The number of them that pass, without those that only pass because nobody has begun their stage."""
        return sum(check.passed for view in self.all for check in view.checks)

    @property
    def points(self) -> int:
        """The points in the bar: of what passes now, and of what passed before and stays passed."""
        return sum(view.points for view in self.all)

    @property
    def points_now(self) -> int:
        """The points of what is true now, or was when the lab stopped: an attempt counts these."""
        return sum(check.points_now for view in self.all for check in view.checks)

    @property
    def _counts(self) -> bool:
        """Whether an attempt in this session counts for the lab. In a copy nothing counts; a ticket has its own score."""
        return self.session is not None and self.session.keeps_work and not self.subject.ticket

    @property
    def is_uncounted(self) -> bool:
        """Whether “Check my work” would count more than the learner has."""
        return self._counts and self.points_now > (self.best.score if self.best else 0)

    @property
    def has_lapsed_uncounted(self) -> bool:
        """Whether the bar has points of checks that passed before anything counted them, and do not pass now."""
        return self._counts and not self.is_uncounted and self.points > (self.best.score if self.best else 0)

    @property
    def has_hidden(self) -> bool:
        """Whether a check is hidden, because it has not passed yet."""
        return any(len(view.checks) < len(view.stage.checks) for view in self.all)

    @property
    def closes_ticket(self) -> bool:
        """Whether “Check my work” would close the trouble ticket: all checks pass, and it is not fixed yet."""
        ticket = self.subject.ticket
        return bool(ticket and not ticket.fixed_at and self.is_solved)

    @property
    def is_solved(self) -> bool:
        return self.subject.is_ready and all(check.passed for stage in self.all for check in stage.checks)

    @property
    def is_lapsed(self) -> bool:
        """Whether something that stays passed does not pass now."""
        return any(view.is_lapsed for view in self.all)

    @property
    def has_failed_since(self) -> bool:
        """Whether something that passed in an attempt failed in a later one, and nobody knows whether it passes now."""
        return any(view.has_failed_since for view in self.all)

    @property
    def first_failed(self) -> CheckView | None:
        return next((check for stage in self.all for check in stage.checks if check.opened), None)
