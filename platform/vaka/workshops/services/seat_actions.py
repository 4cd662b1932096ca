"""What the workshop team does to seats: one, several or all. Each action is in the seat log."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from labs.engine.definition.spec import Lab
from labs.lifecycle import services
from labs.models import END_OF_DAY, LIVE, Job, LabSession, State, WrongState
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops.models import Seat, SeatLogEntry, Workshop
from vaka.workshops.services import seat_log

type Action = Callable[[LabSession], None]  # raises WrongState if it is not possible in this session now

MAX_MINUTES = 240  # that one action can add


@dataclass(frozen=True, slots=True)
class Outcome:
    """For how many seats an action succeeded, and the numbers of the seats where it did not.

    ``not_done``: no session runs there, or another job is running in it. ``others_wait``: seats that were not put
    first, because people who are not in this workshop wait before them.
    """

    done: int
    not_done: tuple[int, ...] = ()
    others_wait: tuple[int, ...] = ()


def send_message(workshop: Workshop, seats: Collection[Seat] | None, by: User, text: str) -> None:
    """Send a message to these seats. None means all seats, also those that are taken later."""
    with transaction.atomic():
        for seat in [None] if seats is None else seats:
            seat_log.record(workshop, seat, by, SeatLogEntry.Kind.MESSAGE, text)


def extend(workshop: Workshop, seats: Collection[Seat], by: User, minutes: int) -> Outcome:
    minutes = min(max(1, minutes), MAX_MINUTES)
    return _for_each(
        workshop, seats, by, SeatLogEntry.Kind.EXTEND, f"{minutes} min", lambda session: session.give(minutes)
    )


def _is_no_exam(session: LabSession) -> None:
    if session.exam:
        raise WrongState(f"{session} is an exam, which ends on its own page.")


def reset(workshop: Workshop, seats: Collection[Seat], by: User) -> Outcome:
    def action(session: LabSession) -> None:
        _is_no_exam(session)
        _must_be(services.request_reset(session, None), Job.Kind.RESET)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.RESET, "", action)


def move_to_stage(workshop: Workshop, seats: Collection[Seat], by: User, lab: Lab, stage: str) -> Outcome:
    """Bring the labs to the beginning of a stage. Sessions of another lab are left alone."""
    title = next((one.title for one in lab.stages if one.id == stage), stage)

    def action(session: LabSession) -> None:
        if session.lab != lab.id:
            raise WrongState(f"{session} is another lab.")
        _must_be(services.request_skip(session, stage), Job.Kind.SKIP)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.MOVE_TO_STAGE, title, action)


def save_and_stop(workshop: Workshop, seats: Collection[Seat], by: User) -> Outcome:
    """Save and stop the labs of these seats for the night, as the end of the day does for all."""

    def action(session: LabSession) -> None:
        if session.state == State.STOPPING:
            raise WrongState(f"{session} is being stopped already.")
        _is_no_exam(session)
        services.stop_session(session, END_OF_DAY)

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.END_DAY, "", action)


def resume(workshop: Workshop, seats: Collection[Seat], by: User) -> Outcome:
    """Start the labs of these seats again that the end of a day stopped or that were lost, each from its last save."""
    ended = services.to_be_resumed(timezone.now() - services.RESUMABLE, workshop.lab_sessions())
    sessions = {session.learner_id: session for session in ended}
    done, not_done = 0, list[int]()
    for seat in seats:
        session = sessions.get(seat.user_id) if seat.user_id else None
        try:
            if session is None:
                raise WrongState("Nothing was stopped there.")
            services.resume(session)
        except (WrongState, services.HasAnother, services.MayNotStart, versions.NoSuchLab):
            not_done.append(seat.number)
            continue
        seat_log.record(workshop, seat, by, SeatLogEntry.Kind.RESUME_LABS)
        done += 1
    return Outcome(done, tuple(not_done))


def put_first(workshop: Workshop, seats: Collection[Seat], by: User) -> Outcome:
    """Put seats first in the queue, before the others of this workshop. Only site staff can pass people outside it."""

    def action(session: LabSession) -> None:
        services.put_first(session, by, workshop.lab_sessions())

    return _for_each(workshop, seats, by, SeatLogEntry.Kind.PUT_FIRST, "", action)


def _must_be(job: Job, kind: Job.Kind) -> None:
    if job.kind != kind:
        raise WrongState("Another job is running in this session.")


def _for_each(
    workshop: Workshop, seats: Collection[Seat], by: User, kind: SeatLogEntry.Kind, text: str, action: Action
) -> Outcome:
    live = workshop.lab_sessions().filter(state__in=LIVE, learner__in=[seat.user_id for seat in seats if seat.user_id])
    sessions = {session.learner_id: session for session in live}
    done, not_done, others_wait = 0, list[int](), list[int]()
    for seat in seats:
        session = sessions.get(seat.user_id) if seat.user_id else None
        try:
            if session is None:
                raise WrongState("No session runs there.")
            action(session)
        except WrongState:
            not_done.append(seat.number)
            continue
        except services.OthersWait:
            others_wait.append(seat.number)
            continue
        seat_log.record(workshop, seat, by, kind, text)
        done += 1
    return Outcome(done, tuple(not_done), tuple(others_wait))
