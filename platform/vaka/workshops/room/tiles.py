"""One seat in the room: the state of each stage of its lab, and the signs that its trainee needs help."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Check, Lab, Stage
from labs.lifecycle import work_begun
from labs.lifecycle.check_statuses import is_settling
from labs.lifecycle.work_begun import has_worked_since, is_worked_in, passes_by_itself
from labs.models import LIVE, Attempt, CheckStatus, ClassSeat, Exam, LabSession, State
from labs.pages.stages import STAGE_WORDS
from labs.registry import versions
from vaka.web.templatetags.vaka import STATUS
from vaka.workshops import visible_to_team
from vaka.workshops.models import Hand, Seat, Workshop
from vaka.workshops.room.counted_failures import counted_failures
from vaka.workshops.room.needs import Signs
from vaka.workshops.room.paused_time import Pauses

SESSION_FIELDS = (
    "learner",
    "lab",
    "lab_version",
    "seed",
    "state",
    "state_at",
    "ready_at",
    "created_at",
    "ends_at",
    "active_at",
    "active_node",
    "worked_at",
    "assisted",
    "cables",
    "resumes",
    "is_class",
    "exam",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One stage of one seat."""

    shape: str
    at: bool = False  # the trainee is in this stage
    begun: bool = True  # the trainee has worked on it
    part: bool = False  # something in it passes
    exam: bool = False  # nothing of it shows here

    @property
    def word(self) -> str:
        if self.exam:
            return str(_("In an exam"))
        if self.shape == "none" or (self.shape == "run" and not self.begun):
            return str(STAGE_WORDS["part" if self.part else "none"])
        return str(_("Failed, still working") if self.shape == "fail" else STATUS[self.shape])


@dataclass(frozen=True, slots=True)
class SessionRecords:
    """A lab session with the rows about its checks. Of a class lab, ``lab`` is the lab as its seat has it."""

    session: LabSession
    checks: Mapping[str, CheckStatus] = field(default_factory=dict)
    # By check: in how many attempts of its stage it failed, since the last reset or skip
    fails: Mapping[str, int] = field(default_factory=dict)
    lab: Lab | None = None
    class_seat: ClassSeat | None = None

    @property
    def assisted(self) -> Collection[str]:
        """The ids of the stages that the site did for this learner."""
        return [*self.session.assisted, *(self.class_seat.assisted if self.class_seat else [])]

    @property
    def began(self) -> datetime | None:
        """The time at which the learner could begin: the lab was ready, and in a class lab they had the seat."""
        ready = self.session.ready_at
        return max(ready, self.class_seat.since) if ready and self.class_seat else ready

    @property
    def precedence(self) -> tuple[int, datetime]:
        """The sort key of the labs of one trainee: the trainee works in the last one.

        A class lab can run on after the class, and the trainee keeps the seat. So their own lab comes after it.
        """
        if not self.session.is_live:
            rank = 0
        elif self.class_seat is None:
            rank = 3
        else:
            rank = 1 if self.class_seat.is_away else 2
        return rank, self.session.created_at


@dataclass(frozen=True)
class Tile:
    """One seat, in one lab."""

    seat: Seat
    lab: Lab | None
    records: SessionRecords | None
    now: datetime
    hand: Hand | None = None
    pauses: Pauses = field(default_factory=Pauses)
    paused_since: datetime | None = None

    @property
    def minutes_left(self) -> int:
        """The minutes that the lab still runs, as its page says it."""
        return self.session.minutes_left(self.paused_since) if self.session else 0

    @property
    def session(self) -> LabSession | None:
        return self.records.session if self.records else None

    @property
    def assisted(self) -> Collection[str]:
        return self.records.assisted if self.records else ()

    def checks_of(self, stage: Stage) -> list[tuple[Check, CheckStatus | None]]:
        """The checks that the trainee can see, with their status."""
        found = [(check, self.records.checks.get(check.id) if self.records else None) for check in stage.checks]
        return [(c, row) for c, row in found if c.is_shown(passed=bool(row and row.first_passed_at))]

    def is_done(self, stage: Stage) -> bool:
        shown = self.checks_of(stage)
        return bool(shown) and all(row is not None and row.is_passed for _check, row in shown)

    @cached_property
    def at(self) -> int | None:
        """The current stage, from 0. None before the lab is started, and when all stages are done."""
        if self.lab is None or self.session is None:
            return None
        # A stage without checks for this seat of a class lab has nothing to be done
        own = [(n, one) for n, one in enumerate(self.lab.stages) if one.checks and one.id not in self.assisted]
        open_ = [n for n, stage in own if not self.is_behind(stage)]
        lost = [n for n, stage in own if not self.is_done(stage)]
        return next(iter([*open_, *lost]), None)

    def is_behind(self, stage: Stage) -> bool:
        """Whether the trainee is past the stage, also if a later one has broken it. It stays done."""
        return work_begun.is_behind(row for _check, row in self.checks_of(stage))

    @property
    def is_exam(self) -> bool:
        """Whether this is the lab of an exam: it is graded when it is handed in, and its result is on the page of the exam.

        Before that nothing is checked, so the stage is not known (``at`` is the first).
        """
        return self.session is not None and self.session.exam != Exam.NONE

    @property
    def is_finished(self) -> bool:
        return self.session is not None and self.at is None

    @cached_property
    def cells(self) -> list[Cell]:
        stages = self.lab.stages if self.lab else ()
        if self.is_exam:
            return [Cell("none", exam=True) for _stage in stages]
        return [
            Cell(self._shape(n, stage), n == self.at, self._is_begun(n, stage), self._has_passes(n, stage))
            for n, stage in enumerate(stages)
        ]

    def _has_passes(self, number: int, stage: Stage) -> bool:
        """Whether something in a stage passes, and not only because nobody has begun the stage."""
        before, is_here = self._before(number), self.at is None or number <= self.at
        return any(
            row is not None
            and (row.is_passed or row.reached)
            and not passes_by_itself(self.session, row, before, is_here=is_here, seat=self.class_seat)
            for _check, row in self.checks_of(stage)
        )

    def _before(self, number: int) -> list[CheckStatus | None]:
        """The checks of the stages before."""
        return [row for one in self.lab.stages[:number] for _c, row in self.checks_of(one)] if self.lab else []

    def _is_begun(self, number: int, stage: Stage) -> bool:
        """Whether the trainee has worked on a stage: it has failed, or they have worked since the stages before passed."""
        worked = has_worked_since(self.session, self._before(number), self.class_seat)
        return any(map(self.was_tried, self.failed(stage))) or worked

    def _shape(self, number: int, stage: Stage) -> str:
        if self.records is None or self.session is None:
            return "none"
        if stage.id in self.assisted:
            return "assist"
        if self.is_done(stage) or (number != self.at and self.is_behind(stage)):
            return "pass"
        if number == self.at and self.session.is_live:
            if self.session.state != State.READY:
                return "wait"
            if self._count_unseen(stage):
                return "unknown"
        if number != self.at:  # only the current stage can be red
            return "none"
        tried = any(self.was_tried(row) for row in self.failed(stage))
        return "fail" if tried else "run" if self.session.is_live else "none"

    def failed(self, stage: Stage) -> list[CheckStatus]:
        """The checks that fail now, not only for a moment, and have passed in no attempt."""
        rows = [row for _check, row in self.checks_of(stage) if row and row.outcome == "failed" and not row.is_passed]
        return [row for row in rows if not is_settling(row, self.now)]

    def was_tried(self, row: CheckStatus) -> bool:
        """Whether a failed check counts as a failure: it failed in an attempt at work of the trainee, or had passed before.

        Both since the last reset or skip.
        """
        fails = bool(self.records and self.records.fails.get(row.check_id))
        return (row.first_passed_at is not None and row.reached) or (
            fails and is_worked_in(self.session, self.class_seat)
        )

    def _count_unseen(self, stage: Stage) -> int:
        return sum(bool(row and (row.missed or row.outcome == "unknown")) for _check, row in self.checks_of(stage))

    @cached_property
    def passed_at(self) -> dict[int, datetime]:
        """The time at which each stage was done; of an assisted stage, at which that was seen."""
        if self.lab is None or self.records is None or self.session is None:
            return {}
        found = {}
        for number, stage in enumerate(self.lab.stages):
            rows = [row for _check, row in self.checks_of(stage) if row]
            if rows and (self.is_behind(stage) or stage.id in self.assisted):
                found[number] = max(row.first_passed_at or row.since for row in rows)
        return found

    def entered(self, number: int) -> datetime | None:
        """Return the time at which the trainee came to a stage: when the stage before was done, or the lab was ready."""
        before = [at for n, at in self.passed_at.items() if n < number]
        began = self.records.began if self.records else None
        return max([*before, *([began] if began else [])], default=None)

    def times(self) -> Iterator[tuple[int, float]]:
        """Yield (stage, minutes) of the stages that the trainee did without assistance. Pauses do not count."""
        for number, done in self.passed_at.items():
            begun = self.entered(number)
            if begun and done > begun and self.cells[number].shape == "pass":
                yield number, self.pauses.minutes(begun, done)

    def minutes_since(self, at: datetime | None) -> float:
        return self.pauses.minutes(at, self.now) if at else 0.0

    @property
    def minutes(self) -> int:
        """Minutes in the current stage."""
        return int(self.minutes_since(self.entered(self.at))) if self.at is not None else 0

    @property
    def minutes_or_word(self) -> str:
        """The column after the stages: minutes in the current stage, or a word."""
        if not self.seat.is_online and not (self.session and self.session.is_live):
            return str(_("offline"))
        if self.session is None:
            return "–"
        if self.is_exam:
            return str(_("exam") if self.session.is_live else _("handed in"))
        if self.is_away:
            return str(_("away"))
        if self.is_finished:
            return str(_("done"))
        return str(self.minutes) if self.session.is_live else "–"

    @property
    def quiet(self) -> int | None:
        """Minutes since somebody typed in the lab, or on the seat's nodes; None if it is not ready or nobody has typed yet."""
        if self.session is None or self.session.state != State.READY:
            return None
        at = self.class_seat.worked_at if self.class_seat else self.session.active_at
        return max(0, int((self.now - at).total_seconds() / 60)) if at else None  # pauses count here

    @property
    def types_on(self) -> str:
        """The node on which the trainee typed last; empty if that is not known. Of a class lab only the last of all nodes is."""
        node, seat = self.session.active_node if self.session else "", self.class_seat
        return node if seat is None or node in seat.nodes else ""

    @property
    def _quiet_since(self) -> datetime | None:
        """The time of the last key, or since when somebody could type."""
        if seat := self.class_seat:
            return seat.worked_at or seat.opened_at
        return (self.session.active_at or self.session.ready_at) if self.session else None

    @property
    def class_seat(self) -> ClassSeat | None:
        return self.records.class_seat if self.records else None

    @property
    def is_away(self) -> bool:
        """Whether the trainee has left their seat in a class lab, and keeps it."""
        return self.class_seat is not None and self.class_seat.is_away

    @property
    def signs(self) -> Signs:
        stage = self.lab.stages[self.at] if self.lab and self.at is not None else None
        session = self.session
        fails = (
            [self.records.fails.get(row.check_id, 0) for row in self.failed(stage)] if stage and self.records else []
        )
        failed = session is not None and session.state == State.FAILED
        return Signs(
            stage=self.at,
            in_stage=self.minutes_since(session.state_at)
            if failed and session
            else self.minutes_since(self.entered(self.at or 0)),
            quiet=self.minutes_since(self._quiet_since),
            fails=max(fails, default=0),
            unseen=self._count_unseen(stage) if stage else 0,
            broken=str(_("The lab did not start or broke. This is an error of the site, not of the trainee."))
            if failed
            else "",
            runs=session is not None and session.state == State.READY and not self.is_away,
            is_exam=self.is_exam,
        )


def records_of(
    users: Sequence[int], workshop: Workshop, labs: Collection[str], live_in: Collection[str] = ()
) -> dict[tuple[int, str], SessionRecords]:
    """The last session of the workshop for each (learner, lab), with the rows about its checks, in four queries.

    For labs in LIVE_IN that are not in LABS, only sessions that are live. In a class lab each seat has its own part of one session;
    that costs one more query.
    """
    which = Q(lab__in=labs) | Q(lab__in=live_in, state__in=LIVE)
    theirs = Q(learner__in=users) | Q(is_class=True)
    had = visible_to_team.all_labs(workshop).filter(which, theirs).with_last_return().only(*SESSION_FIELDS)
    last = _last_of_each(had, users)
    ids = {one.session.pk for one in last.values()}
    checks: dict[object, dict[str, CheckStatus]] = {}
    for row in CheckStatus.objects.filter(session__in=ids).defer("expected", "command", "read_more"):
        checks.setdefault(row.session_id, {})[row.check_id] = row
    fails: dict[tuple[int, object], Counter[str]] = {}
    begun_at = {(learner, one.session.pk): one.class_seat.since for (learner, _), one in last.items() if one.class_seat}
    attempts = Attempt.objects.filter(~work_begun.before_return(), session__in=ids, kind=Attempt.Kind.ATTEMPT)
    for failure in counted_failures(attempts):
        whose = (failure.learner, failure.session)
        if whose not in begun_at or failure.asked_at >= begun_at[whose]:
            fails.setdefault(whose, Counter())[failure.check] += 1
    return {
        (learner, lab): replace(
            one, checks=checks.get(one.session.pk, {}), fails=fails.get((learner, one.session.pk), {})
        )
        for (learner, lab), one in last.items()
    }


def _last_of_each(had: Iterable[LabSession], users: Sequence[int]) -> dict[tuple[int, str], SessionRecords]:
    """The last session for each (learner, lab), without the rows about its checks. Each seat of a class lab has that lab."""
    found = [(one.learner_id, SessionRecords(one)) for one in had if one.learner_id is not None and not one.is_class]
    classes = {session.pk: session for session in had if session.is_class}
    for seat in ClassSeat.objects.filter(user__in=users, session__in=classes) if classes else ():
        session = classes[seat.session_id]
        with suppress(versions.NoSuchLab):
            as_seated = seen_from(versions.of(session), seat.nodes)
            found.append((seat.user_id, SessionRecords(session, lab=as_seated, class_seat=seat)))
    found.sort(key=lambda one: one[1].precedence)
    return {(learner, one.session.lab): one for learner, one in found}
