"""What the site may ask of labs. Services write rows and enqueue after commit; what they return says how it went."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import Task
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from labs import events, failures
from labs.capacity import admission, pool, queue
from labs.capacity.admission import NotAdmitted as NotAdmitted  # callers know the services only
from labs.engine import errors
from labs.engine.definition.spec import Lab
from labs.lifecycle import seat_handover, tasks
from labs.models import (
    END_OF_DAY,
    LIVE,
    ClassSeat,
    Job,
    LabSession,
    Save,
    SessionEvent,
    State,
    TroubleTicket,
    WrongState,
)
from labs.registry import seeds, versions
from vaka.accounts.models import User


class HasAnother(Exception):
    """The learner has a live session of another lab; it is ``session``."""

    def __init__(self, session: LabSession) -> None:
        super().__init__(f"{session} is live.")
        self.session = session


def request_session(learner: User, lab: str, resumes: Save | None = None) -> LabSession:
    """Return the learner's live session of the lab; if there is none, one from the pool, or one that will start.

    One that RESUMES saved work starts with the version and the numbers in which it was made. Raises HasAnother, NotAdmitted.
    """
    found = versions.newest(lab)
    try:
        with transaction.atomic():
            admission.admit(learner)
            session = _again(resumes) if resumes else _from_pool(learner, found) or _new(learner, found)
            session.log(f"User {learner.pk} asks for {session.lab} {session.lab_version}.")
            if session.state == State.REQUESTED:
                _let_in(session)
    except IntegrityError:
        live = LabSession.objects.live().of(learner).first()
        if live is None:  # it ended between the two statements
            return request_session(learner, lab, resumes)
        if live.lab != found.id:
            raise HasAnother(live) from None
        return live
    session.refresh_from_db()  # it has failed by now if the queue is gone
    return session


def _from_pool(learner: User, lab: Lab) -> LabSession | None:
    return pool.claim(learner, lab) or pool.claim_empty(learner, lab)


def _new(learner: User, lab: Lab) -> LabSession:
    seed = seeds.of(learner, lab)
    return _ask(LabSession(learner=learner, lab=lab.id, lab_version=lab.version, seed=seed))


def _again(save: Save) -> LabSession:
    facts = {"lab": save.lab, "lab_version": save.lab_version, "seed": save.seed, "assisted": save.assisted}
    session = _ask(LabSession(learner_id=save.learner_id, resumes=save, **facts))
    sit_again(session, save.session)
    TroubleTicket.again(session, save.session)
    return session


def sit_again(session: LabSession, before: LabSession) -> None:
    """A class lab that goes on has its seats again. Nodes that changed hands after its work was saved are made anew."""
    had = list(before.seats.all())
    seats = [ClassSeat(session=session, user_id=seat.user_id, nodes=seat.nodes, since=seat.since) for seat in had]
    ClassSeat.objects.bulk_create(seats, ignore_conflicts=True)
    if work := session.resumes:
        since = {node for seat in had if seat.since > work.made_at for node in seat.nodes}
        seat_handover.mark(session, since | set(before.handed_over))


def hand_over(session: LabSession) -> None:
    """Have nodes made anew that change hands, now or once nothing else is done to the lab."""
    if job := seat_handover.ask(session):
        _enqueue(tasks.hand_over_nodes, job.pk, otherwise=lambda: job.end(failures.QUEUE_GONE_FOR_JOB))


def _ask(session: LabSession) -> LabSession:
    session.save(force_insert=True)
    session.events.create(state=State.REQUESTED, generation=session.generation, at=session.created_at)
    return session


def _let_in(session: LabSession) -> None:
    def let_in() -> None:
        if events.broker_answers():
            tasks.begin(queue.admit())
        else:
            gone: dict[str, Any] = {"error": failures.QUEUE_GONE, "stopped_at": timezone.now()}
            session.move_to(State.FAILED, note="The queue was gone.", **gone)

    transaction.on_commit(let_in)


def request_ticket(learner: User, lab: str, seed: int | None = None) -> LabSession:
    """Return a session of the lab that will be solved, with a fault in it; the one that is live, if it is such a ticket already."""
    found = versions.newest(lab)
    try:
        with transaction.atomic():
            admission.admit(learner)
            number = TroubleTicket.next_seed(found.id) if seed is None else seed
            session = _new(learner, found)
            TroubleTicket.objects.create(session=session, seed=number)
            session.log(f"User {learner.pk} opens {session.lab} {session.lab_version} as a trouble ticket.")
            _let_in(session)
    except IntegrityError:
        live = LabSession.objects.live().of(learner).first()
        if live is None:  # it ended between the two statements
            return request_ticket(learner, lab, seed)
        if live.lab != found.id or live.ticket is None:
            raise HasAnother(live) from None
        return live
    session.refresh_from_db()
    return session


def put_first(session: LabSession, among: QuerySet[LabSession] | None = None) -> bool:
    """Put a session before all others that wait, or before those AMONG which one may; False if it does not wait any more.

    Raises OthersWait.
    """
    if not queue.put_first(session, among):
        return False
    tasks.begin(queue.admit())
    queue.tell()
    return True


def stop_session(session: LabSession, note: str = "") -> None:
    """Stop a session. Should the queue be gone, the reaper does it when it is back."""
    try:
        with transaction.atomic():
            session.move_to(State.STOPPING, note=note)
            _enqueue(tasks.stop_session, str(session.pk), otherwise=lambda: None)
    except WrongState:
        session.refresh_from_db()  # it stops, or has ended, already


def extend_session(session: LabSession) -> None:
    """Give a session more time. WrongState if it is too early, too late, or was done as often as may be."""
    minutes, within = settings.LAB_EXTENSION_MINUTES, settings.LAB_EXTENSION_WITHIN
    session.extend(minutes, within=within, most=settings.LAB_EXTENSIONS)
    session.is_active()


def request_check(session: LabSession, kind: Job.Kind = Job.Kind.ATTEMPT) -> Job:
    """Ask for grading: an attempt, which counts, or a look. WrongState if the lab is not ready."""
    return _request(session, tasks.check_lab, kind=kind)


def request_reset(session: LabSession, node: str | None) -> Job:
    """Ask for a node, or all, to be as at the start. WrongState if the lab is not ready."""
    if session.ticket:
        raise WrongState(f"{session} is a ticket: what a reset brings back is neither solved nor broken.")
    return _request(session, tasks.reset_lab, kind=Job.Kind.RESET, node=node or "")


def request_jump(session: LabSession, stage: str) -> Job:
    """Ask for the lab to be as at the beginning of a stage. WrongState if it is not ready, or has nothing before the stage."""
    try:
        over = versions.of(session).before(stage)
    except (KeyError, versions.NoSuchLab):
        over = ()
    if not over or session.ticket:
        raise WrongState(f"Nothing comes before {stage} in {session}.")
    return _request(session, tasks.jump_lab, kind=Job.Kind.JUMP, stage=stage)


def request_jump_of_all(lab: str, stage: str, among: QuerySet[LabSession]) -> tuple[list[LabSession], int]:
    """Ask it for all that run AMONG some; which jump, and how many cannot, as something else is done to their labs."""
    jump, busy = list[LabSession](), 0
    for session in among.filter(lab=lab, state=State.READY):
        try:
            asked = request_jump(session, stage)
        except WrongState:
            continue  # it has just ended, or was started before the lab had this stage
        if asked.kind == Job.Kind.JUMP:
            jump.append(session)
        else:
            busy += 1
    return jump, busy


def request_save(session: LabSession) -> Job:
    """Ask for the work to be saved now. WrongState if the lab is not ready."""
    return _request(session, tasks.save_lab, kind=Job.Kind.SAVE)


def to_be_ended(lab: str = "", among: QuerySet[LabSession] | None = None) -> QuerySet[LabSession]:
    """What the end of the day stops: all that runs or waits, all of one lab, or those AMONG some."""
    some = LabSession.objects.all() if among is None else among
    live = some.filter(state__in=LIVE).exclude(learner=None).exclude(state=State.STOPPING)
    return live.filter(lab=lab) if lab else live


def end_day(lab: str = "", among: QuerySet[LabSession] | None = None) -> list[LabSession]:
    """Save and stop all of these; each learner finds their work the next time. What was asked to stop."""
    sessions = list(to_be_ended(lab, among))
    for session in sessions:
        stop_session(session, END_OF_DAY)
    return sessions


def to_be_resumed(since: datetime, among: QuerySet[LabSession] | None = None) -> list[LabSession]:
    """Sessions that the end of a day stopped, or whose labs vanished, and whose learners have begun nothing since."""
    some = LabSession.objects.all() if among is None else among
    gone = Q(state=State.FAILED, error__in=[failures.SENTENCES[errors.LabGone], failures.LOST])
    over = Q(state=State.STOPPED, pk__in=SessionEvent.objects.filter(note=END_OF_DAY).values("session"))
    cut = some.filter(gone | over, stopped_at__gte=since).exclude(learner=None).select_related("learner")
    newer = LabSession.objects.filter(learner=OuterRef("learner"), created_at__gt=OuterRef("created_at"))
    return list(cut.filter(~Exists(newer)).order_by("created_at"))


type Resumed = list[tuple[LabSession, LabSession]]


def resume_all(
    since: datetime, among: QuerySet[LabSession] | None = None
) -> tuple[Resumed, list[tuple[LabSession, str]]]:
    """Resume all of these: each session with the one that goes on; and those that do not, with the reason."""
    resumed: Resumed = []
    refused: list[tuple[LabSession, str]] = []
    for session in to_be_resumed(since, among):
        try:
            resumed.append((session, resume(session)))
        except (HasAnother, NotAdmitted, versions.NoSuchLab, WrongState) as error:
            refused.append((session, str(error)))
    return resumed, refused


def resume(session: LabSession) -> LabSession:
    """Give the learner of a session that ended the lab again, with the last save. HasAnother, NotAdmitted, NoSuchLab."""
    if session.learner is None:
        raise WrongState(f"{session} is nobody's.")
    with transaction.atomic():
        again = request_session(session.learner, session.lab, session.saves.first() or session.resumes)
        sit_again(again, session)
    return again


def _request(session: LabSession, task: "Task[Any, None]", **what: Any) -> Job:
    """Open a job, or return the one that is open: ten presses are one."""
    if not LabSession.objects.filter(pk=session.pk, state=State.READY).exists():
        raise WrongState(f"{session} is not ready.")
    session.is_active()
    try:
        with transaction.atomic():
            job = session.jobs.create(**what)
            session.log(f"Job {job.pk} ({job.kind}) is asked for.")
            _enqueue(task, job.pk, otherwise=lambda: job.end(failures.QUEUE_GONE_FOR_JOB))
            events.publish(session.pk, "job", kind=job.kind, over=False)
    except IntegrityError:
        return session.job or _request(session, task, **what)
    job.refresh_from_db()
    return job


def _enqueue(task: "Task[Any, None]", *args: Any, otherwise: Callable[[], Any]) -> None:
    """Enqueue after commit; ``otherwise`` puts the rows right when the queue is gone."""

    def send() -> None:
        try:
            if events.broker_answers():
                task.delay(*args)
                return
        except OperationalError:
            pass  # it went in between
        otherwise()

    transaction.on_commit(send)
