"""What those who run a workshop do to a seat, some or all. Each thing is kept, and its trainee reads it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labs.engine.definition.spec import Lab
from labs.lifecycle import services
from labs.models import LIVE, Job, LabSession, State, WrongState
from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import SeatLogEntry

type Act = Callable[[LabSession], None]  # raises WrongState if it cannot be done to this lab now

MOST_MINUTES = 240  # that can be given at once
LONGEST_PAUSE = timedelta(hours=4)  # a longer one was forgotten, and its labs would keep their memory for ever
TOLD = 1000  # letters of a message


@dataclass(frozen=True, slots=True)
class Done:
    """To how many seats it was done; and where it could not be: nothing runs there, or something else is being done.

    ``others_wait``: seats that were not put first, since people of elsewhere wait before them.
    """

    done: int
    not_done: tuple[int, ...] = ()
    others_wait: tuple[int, ...] = ()


def write_down(
    workshop: Workshop, seat: Seat | None, by: User | None, kind: SeatLogEntry.Kind, text: str = ""
) -> SeatLogEntry:
    """Keep a deed and tell its seat, or all."""
    deed = SeatLogEntry.objects.create(workshop=workshop, seat=seat, by=by, kind=kind, text=text[:TOLD])
    events.tell(workshop, kind.value, seat)
    return deed


def say(workshop: Workshop, seats: Collection[Seat] | None, by: User, text: str) -> None:
    """Send a message to these seats; None is a broadcast to all, also to who joins a little later."""
    with transaction.atomic():
        for seat in [None] if seats is None else seats:
            write_down(workshop, seat, by, SeatLogEntry.Kind.MESSAGE, text)


def extend(workshop: Workshop, seats: Collection[Seat], by: User, minutes: int) -> Done:
    minutes = min(max(1, minutes), MOST_MINUTES)
    return _each(workshop, seats, by, SeatLogEntry.Kind.EXTEND, f"{minutes} min", lambda session: session.give(minutes))


def reset(workshop: Workshop, seats: Collection[Seat], by: User) -> Done:
    def act(session: LabSession) -> None:
        _asked(services.request_reset(session, None), Job.Kind.RESET)

    return _each(workshop, seats, by, SeatLogEntry.Kind.RESET, "", act)


def jump(workshop: Workshop, seats: Collection[Seat], by: User, lab: Lab, stage: str) -> Done:
    """Bring labs to the beginning of a stage; who has another lab open stays where he is."""
    title = next((one.title for one in lab.stages if one.id == stage), stage)

    def act(session: LabSession) -> None:
        if session.lab != lab.id:
            raise WrongState(f"{session} is another lab.")
        _asked(services.request_jump(session, stage), Job.Kind.JUMP)

    return _each(workshop, seats, by, SeatLogEntry.Kind.JUMP, title, act)


def first(workshop: Workshop, seats: Collection[Seat], by: User) -> Done:
    """Put seats before the others of the workshop. The site has one queue: only its staff put somebody before all."""

    def act(session: LabSession) -> None:
        services.put_first(session, by, workshop.lab_sessions())

    return _each(workshop, seats, by, SeatLogEntry.Kind.FIRST, "", act)


def _asked(job: Job, kind: Job.Kind) -> None:
    if job.kind != kind:
        raise WrongState("Something else is being done to this lab.")


def _each(workshop: Workshop, seats: Collection[Seat], by: User, kind: SeatLogEntry.Kind, text: str, act: Act) -> Done:
    live = workshop.lab_sessions().filter(state__in=LIVE, learner__in=[seat.user_id for seat in seats if seat.user_id])
    sessions = {session.learner_id: session for session in live}
    done, not_done, others_wait = 0, list[int](), list[int]()
    for seat in seats:
        session = sessions.get(seat.user_id) if seat.user_id else None
        try:
            if session is None:
                raise WrongState("No lab runs there.")
            act(session)
        except WrongState:
            not_done.append(seat.number)
            continue
        except services.OthersWait:
            others_wait.append(seat.number)
            continue
        write_down(workshop, seat, by, kind, text)
        done += 1
    return Done(done, tuple(not_done), tuple(others_wait))


def pause(workshop: Workshop, by: User) -> bool:
    """Ask all to look up; False if it is so already."""
    with transaction.atomic():
        mine = Workshop.objects.filter(pk=workshop.pk, paused_at=None)
        if not mine.update(paused_at=timezone.now()):
            return False
        write_down(workshop, None, by, SeatLogEntry.Kind.PAUSE)
    return True


def resume(workshop: Workshop, by: User | None) -> int | None:
    """Go on; labs get the minutes back that the pause took. How many minutes; None if there was no pause."""
    since = workshop.paused_at
    if since is None:
        return None
    with transaction.atomic():  # beat, which ends labs, must not look in between
        if not Workshop.objects.filter(pk=workshop.pk, paused_at=since).update(paused_at=None):
            return None
        now = timezone.now()
        give_back(workshop, since, now)
        minutes = round((now - since).total_seconds() / 60)
        write_down(workshop, None, by, SeatLogEntry.Kind.RESUME, f"{minutes} min" if minutes else "")
    return minutes


def end_forgotten_pauses() -> None:
    """Go on in each room that nobody has told to, by nobody's doing. Beat calls it."""
    for workshop in Workshop.objects.filter(paused_at__lte=timezone.now() - LONGEST_PAUSE):
        if not workshop.is_over:
            resume(workshop, None)


def give_back(workshop: Workshop, since: datetime, until: datetime) -> None:
    """Put the ends of its labs off by a pause."""
    for session in _running(workshop):
        session.extend_by_pause(since, until)


def paused() -> set[UUID]:
    """The labs that stand still now, with their rooms. A pause that nobody ended is over with its workshop."""
    rooms = [room for room in Workshop.objects.exclude(paused_at=None) if not room.is_over]
    return {pk for room in rooms for pk in _running(room).values_list("pk", flat=True)}


def _running(workshop: Workshop) -> QuerySet[LabSession]:
    return workshop.lab_sessions().filter(state=State.READY)


def open_session(item: AgendaItem, by: User) -> bool:
    """Let trainees see a session; False if they do."""
    with transaction.atomic():
        if not AgendaItem.objects.filter(pk=item.pk, opened_at=None).update(opened_at=timezone.now()):
            return False
        write_down(item.workshop, None, by, SeatLogEntry.Kind.OPEN, item.title)
    return True
