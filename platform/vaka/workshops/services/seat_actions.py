"""The actions of the workshop team on seats: one, several or all. Each action is in the seat log.

In a class lab, a reset and a skip to a stage reach the nodes of the seat alone. More time, a stop and a resumption are for the
whole class lab: they are done once, and a stop only if everybody who sits there is selected.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labs.engine.definition.spec import Lab
from labs.lifecycle import class_labs, end_of_day, services, skip_all_to_stage
from labs.models import LIVE, SAVED_AND_STOPPED, ClassSeat, ExamIsOver, Job, LabSession, State, WrongState
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops import visible_to_team
from vaka.workshops.models import Seat, SeatLogEntry, Workshop
from vaka.workshops.services import seat_log

# An action in a session; in a class lab, at a class-lab seat. Returns the job that does it, if it is not done at once.
# Raises WrongState if it is not possible there now
type Action = Callable[[LabSession, ClassSeat | None], Job | None]

MAX_MINUTES = 240  # that one action can add


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """For how many seats an action was done or has begun, and the numbers of the seats where it was not.

    ``not_done``: no session runs there, or another job is running in it. ``others_wait``: seats that were not put
    first, because people who are not in this workshop wait before them. ``ahead``: seats that have come as far as the action
    would bring them. ``exam_over``: seats whose exam is over, where nothing changes before it is graded. ``in_exam``: seats that
    sit an exam, in which nobody resets, skips or stops the lab for them.
    """

    done: int
    not_done: tuple[int, ...] = ()
    others_wait: tuple[int, ...] = ()
    ahead: tuple[int, ...] = ()
    exam_over: tuple[int, ...] = ()
    in_exam: tuple[int, ...] = ()


class IsAhead(Exception):
    """The trainee has come as far as the action would bring them."""


class SitsExam(Exception):
    """The trainee sits an exam in this lab."""


def send_message(workshop: Workshop, seats: Collection[Seat] | None, by: User, text: str) -> None:
    """Send a message to these seats. None means all seats, also those that are taken later."""
    with transaction.atomic():
        for seat in [None] if seats is None else seats:
            seat_log.record(workshop, seat, by, SeatLogEntry.Kind.MESSAGE, text)


def extend(workshop: Workshop, seats: Collection[Seat], by: User, minutes: int) -> ActionOutcome:
    minutes = min(max(1, minutes), MAX_MINUTES)
    given = set[object]()

    def action(session: LabSession, _at: ClassSeat | None) -> None:
        if session.pk not in given:  # a class lab is that of several seats
            services.give_time(session, minutes)
            given.add(session.pk)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.EXTEND, f"{minutes} min", action)


def _is_no_exam(session: LabSession) -> None:
    if session.exam_is_over:
        raise ExamIsOver(f"{session} is to be graded as it is.")
    if session.exam:
        raise SitsExam


def reset(workshop: Workshop, seats: Collection[Seat], by: User) -> ActionOutcome:
    def action(session: LabSession, at: ClassSeat | None) -> Job | None:
        if at:
            class_labs.reset_seat(session, at)
            return None
        _is_no_exam(session)
        return _must_be(services.request_reset(session, None), Job.Kind.RESET)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.RESET, "", action)


def skip_to_stage(
    workshop: Workshop, seats: Collection[Seat], by: User, lab: Lab, stage: str, *, only_behind: bool = False
) -> ActionOutcome:
    """Skip to the beginning of a stage in the labs. Sessions of another lab are left alone.

    ``only_behind``: so are those of trainees who have come to the stage, or further.
    """
    title = next((one.title for one in lab.stages if one.id == stage), stage)

    def action(session: LabSession, at: ClassSeat | None) -> Job | None:
        if session.lab != lab.id:
            raise WrongState(f"{session} is another lab.")
        if at:
            class_labs.skip_to_stage(session, at, stage)
            return None
        _is_no_exam(session)
        if only_behind and skip_all_to_stage.is_ahead(session, stage):
            raise IsAhead
        return _must_be(services.request_skip(session, stage), Job.Kind.SKIP)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.SKIP_TO_STAGE, title, action)


def save_and_stop(workshop: Workshop, seats: Collection[Seat], by: User) -> ActionOutcome:
    """Save and stop the labs of these seats for the night, as the end of the day does for all."""
    selected = {seat.user_id for seat in seats}
    stopped = set[object]()

    def action(session: LabSession, at: ClassSeat | None) -> None:
        if session.pk in stopped:
            return
        if session.state == State.STOPPING:
            raise WrongState(f"{session} is being stopped already.")
        if at and session.seats.filter(left_at=None).exclude(user__in=selected).exists():
            raise WrongState(f"{session} is also the lab of people who are not selected.")
        _is_no_exam(session)
        services.stop_session(session, SAVED_AND_STOPPED)
        stopped.add(session.pk)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.END_DAY, "", action)


def resume(workshop: Workshop, seats: Collection[Seat], by: User) -> ActionOutcome:
    """Start the labs of these seats again that the end of a day or a close stopped or that were lost, each from its last save."""
    since = timezone.now() - end_of_day.RESUMABLE
    of_class = end_of_day.to_be_resumed(since, visible_to_team.class_labs(workshop), after_close=True)
    sessions = {
        one.user_id: one.session for one in ClassSeat.objects.filter(session__in=of_class).select_related("session")
    }
    sessions |= {
        one.learner_id or 0: one
        for one in end_of_day.to_be_resumed(since, visible_to_team.lab_sessions(workshop), after_close=True)
    }
    done, not_done, again = 0, list[int](), set[object]()
    for seat in seats:
        session = sessions.get(seat.user_id) if seat.user_id else None
        try:
            if session is None:
                raise WrongState("Nothing was stopped there.")
            if session.pk not in again:  # a class lab is that of several seats
                services.resume(session)
                again.add(session.pk)
        except (WrongState, services.HasAnother, services.MayNotStart, versions.NoSuchLab):
            not_done.append(seat.number)
            continue
        seat_log.record(workshop, seat, by, SeatLogEntry.Kind.RESUME_LABS)
        done += 1
    return ActionOutcome(done, tuple(not_done))


def put_first(workshop: Workshop, seats: Collection[Seat], by: User) -> ActionOutcome:
    """Put seats first in the queue, before the others of this workshop. Only administrators can pass people outside it."""

    def action(session: LabSession, _at: ClassSeat | None) -> None:
        services.put_first(session, by, visible_to_team.all_labs(workshop))

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.PUT_FIRST, "", action)


def class_seats_of(workshop: Workshop) -> QuerySet[ClassSeat]:
    """The class-lab seats of the workshop's class labs that run, those of the newest lab last, as the room orders them."""
    live = visible_to_team.class_labs(workshop).filter(state__in=LIVE)
    return ClassSeat.objects.filter(session__in=live).select_related("session").order_by("session__created_at")


def _must_be(job: Job, kind: Job.Kind) -> Job:
    if job.kind != kind:
        raise WrongState("Another job is running in this session.")
    return job


def _for_each(
    workshop: Workshop, seats: Collection[Seat], by: User, kind: SeatLogEntry.Kind, text: str, action: Action
) -> ActionOutcome:
    users = [seat.user_id for seat in seats if seat.user_id]
    at = {one.user_id: one for one in class_seats_of(workshop).filter(user__in=users, left_at=None)}
    own = {
        one.learner_id: one for one in visible_to_team.lab_sessions(workshop).filter(state__in=LIVE, learner__in=users)
    }
    done, not_done, others_wait, ahead = 0, list[int](), list[int](), list[int]()
    exam_over, in_exam = list[int](), list[int]()
    for seat in seats:
        session, class_seat = own.get(seat.user_id), None
        if session is None and seat.user_id in at:
            class_seat = at[seat.user_id]
            session = class_seat.session
        try:
            if session is None:
                raise WrongState("No session runs there.")
            job = action(session, class_seat)
        except ExamIsOver:
            exam_over.append(seat.number)
            continue
        except SitsExam:
            in_exam.append(seat.number)
            continue
        except WrongState:
            not_done.append(seat.number)
            continue
        except services.OthersWait:
            others_wait.append(seat.number)
            continue
        except IsAhead:
            ahead.append(seat.number)
            continue
        seat_log.record(workshop, seat, by, kind, text, job)
        done += 1
    return ActionOutcome(done, tuple(not_done), tuple(others_wait), tuple(ahead), tuple(exam_over), tuple(in_exam))
