"""The requests of the site to labs. Services write rows, and enqueue tasks after the commit. They return what was done."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from celery import Task
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from labs import events, failure_sentences, hooks
from labs.capacity import admission, pool, queue
from labs.capacity.admission import MayNotStart as MayNotStart  # callers import the services only
from labs.capacity.queue import OthersWait as OthersWait
from labs.lifecycle import (
    bots,
    check_statuses,
    copies,
    forbidden_copies,
    new_sessions,
    nodes_to_reset,
    opened_hints,
    saves,
    seat_attempts,
    seat_handover,
    shown_stages,
    tasks,
    time_since_change,
    trouble_tickets,
)
from labs.models import (
    EXAM_IS_OVER,
    ClassSeat,
    Exam,
    ExamIsOver,
    Job,
    LabSession,
    Save,
    SeatWork,
    State,
    WrongState,
)
from labs.models.trouble_ticket import Rung
from labs.registry import seeds, versions
from vaka.accounts.models import User

# After it was taken, a job that a learner can request in an exam has ended: the workers' longest limit (labs.lifecycle.tasks)
JOB_TAKES = timedelta(seconds=settings.LAB_START_SECONDS + 15)
NO_EXAM_IN_CLASS = _("Nobody can sit an exam in a class lab. Tell your instructor.")
NEEDS_ONE_PERSON = _("A class lab cannot be opened as a trouble ticket. Choose a lab for one person.")


class NothingToCopy(Exception):
    """The lab has no work that can be copied, or not that save."""


class HasAnother(Exception):
    """The learner has a live session of another lab; it is ``session``."""

    def __init__(self, session: LabSession) -> None:
        super().__init__(f"{session} is live.")
        self.session = session


def request_session(
    learner: User,
    lab: str,
    resumes: Save | None = None,
    *,
    as_ticket: bool = False,
    fault_seed: int | None = None,
    rung: Rung = Rung.EASY,
    for_class: bool = False,
    new_values: bool = False,
) -> LabSession:
    """Return the learner's live session of the lab. If there is none, claim one from the pool, or request a start.

    RESUMES: start with this saved work, in the version and with the seed of that work.
    AS_TICKET: open the lab as a trouble ticket, with another fault of RUNG, or with that of FAULT_SEED. Never from the pool.
    FOR_CLASS: several people will share it.
    NEW_VALUES: start with a new seed, if it can give the learner points for a stage that was shown to them. Never from the pool.
    Raises HasAnother if another lab is live, or this one without a trouble ticket; MayNotStart; NoSuchLab.
    """
    found = versions.newest(lab)
    if found.has_bots and as_ticket:
        raise MayNotStart(NEEDS_ONE_PERSON)

    def create() -> LabSession:
        admission.require_may_start(learner)
        if as_ticket:
            session = new_sessions.with_ticket(learner, found, rung, fault_seed)
        elif resumes:
            session = _resuming(resumes)
        elif new_values and shown_stages.earned_with_new_values(learner, found):
            session = new_sessions.new(learner, found, seed=shown_stages.new_seed(learner, found))
        else:
            session = pool.claim(learner, found) or pool.claim_empty(learner, found) or new_sessions.new(learner, found)
        session.log(f"User {learner.pk} requests {session.lab} {session.lab_version}{' as a ticket' * as_ticket}.")
        if for_class:
            session.is_class = True
            LabSession.objects.filter(pk=session.pk).update(is_class=True)
        if session.state == State.REQUESTED:
            _admit_after_commit(session)
        return session

    try:
        return _created(learner, create)
    except HasAnother as error:
        live = error.session
        if live.lab != found.id or (as_ticket and live.ticket is None):
            raise
        return live


def _created(learner: User, create: Callable[[], LabSession]) -> LabSession:
    """Return what CREATE writes, as it is after the commit. Raises HasAnother if the learner has a live session, of any lab."""
    session, is_new = _written_or_rival(create, lambda: LabSession.objects.live().of(learner).first())
    if not is_new:
        raise HasAnother(session)
    session.refresh_from_db()  # it has failed by now if the broker is away
    return session


def _written_or_rival[Row](create: Callable[[], Row], rival: Callable[[], Row | None]) -> tuple[Row, bool]:
    """Return the row that CREATE writes in a transaction, and True; or the row that stands in its way, and False.

    A rival may end between the two statements, so both are made twice. Raises IntegrityError if something else is in the way.
    """
    for is_last in (False, True):
        try:
            with transaction.atomic():
                return create(), True
        except IntegrityError:
            if (row := rival()) is not None:
                return row, False
            if is_last:
                raise
    raise AssertionError


def request_copy(by: User, original: LabSession, save: Save | None = None) -> LabSession:
    """Request a copy of a learner's lab, as a lab of BY: of a save, or, without one, of the lab as it is now.

    Raises NothingToCopy, HasAnother if BY has a live lab, and MayNotStart.
    """
    if not copies.can_be_copied(original) or (save and save.session_id != original.pk):
        raise NothingToCopy(str(original))
    same = {"lab": original.lab, "lab_version": original.lab_version, "seed": original.seed}
    copied = LabSession(learner=by, copy_of=original, resumes=save, assisted=save.assisted if save else [], **same)

    def create() -> LabSession:
        admission.require_may_start(by)
        new_sessions.insert(copied)
        _admit_after_commit(copied)
        original.log(f"User {by.pk} requests a copy of it: {copied.pk}.")
        events.publish(original.pk, "copied")
        return copied

    return _created(by, create)


def request_exam(learner: User, lab: str, time: timedelta, before: LabSession | None = None) -> LabSession:
    """Start a lab as an exam that lasts for TIME: in its initial state, or with the last work of the exam's session BEFORE.

    The time begins when the lab is ready. Raises HasAnother if any lab of the learner is live, MayNotStart and NoSuchLab. An exam
    that goes on needs no admission: it was admitted when it began.
    """
    found, now = versions.newest(lab), timezone.now()
    if found.has_bots and before is None:
        raise MayNotStart(NO_EXAM_IN_CLASS)
    exam: dict[str, Any] = {"exam": Exam.SEALED, "created_at": now, "ends_at": now + time}

    def create() -> LabSession:
        if before is None:
            admission.require_may_start(learner)
        if before:
            copied = {"lab": before.lab, "lab_version": before.lab_version, "seed": before.seed}
            work = before.saves.first() or before.resumes
            session = new_sessions.insert(LabSession(learner=learner, resumes=work, **copied, **exam))
        else:
            fresh = {"lab": found.id, "lab_version": found.version, "seed": seeds.fresh(found)}
            pooled = pool.claim_for_exam(learner, found, time)
            session = pooled or new_sessions.insert(LabSession(learner=learner, **fresh, **exam))
        session.log(f"User {learner.pk} begins an exam in {session.lab} {session.lab_version}.")
        if session.state == State.REQUESTED:
            _admit_after_commit(session)
        return session

    return _created(learner, create)


def _resuming(save: Save) -> LabSession:
    if save.session.exam:
        raise WrongState(f"{save} is the work of an exam: only the exam continues it.")
    copied = {"lab": save.lab, "lab_version": save.lab_version, "seed": save.seed, "assisted": save.assisted}
    is_class = save.session.is_class
    session = new_sessions.insert(LabSession(learner_id=save.learner_id, resumes=save, is_class=is_class, **copied))
    restore_seats(session, save.session)
    trouble_tickets.resume(session, save.session)
    opened_hints.resume(session, save.session)
    check_statuses.resume(session, save)
    return session


def restore_seats(session: LabSession, before: LabSession) -> None:
    """Give a resumed class lab the seats of the session before. Nodes whose seat changed hands after the save are reset."""
    had = list(before.seats.all())
    for seat in had:
        kept = SeatWork.objects.filter(seat=seat).first()
        same = {name: getattr(seat, name) for name in ("nodes", "since", "left_at", "assisted")}
        # A bot that had not begun yet may not keep what is on the nodes now
        same["bot_at"] = seat.bot_at if kept else None
        again, made = ClassSeat.objects.get_or_create(session=session, user_id=seat.user_id, defaults=same)
        if made and kept:
            SeatWork.objects.create(seat=again, packed=kept.packed)
    if work := session.resumes:
        since = {node for seat in had if seat.since > work.made_at for node in seat.nodes}
        nodes_to_reset.mark(session, since | set(before.nodes_to_reset))


def hand_over(session: LabSession) -> None:
    """Reset the nodes of seats that have a new holder, now or after the job that runs."""
    if job := seat_handover.request(session):
        _enqueue(tasks.hand_over_nodes, job.pk, otherwise=lambda: job.end(failure_sentences.BROKER_GONE_FOR_JOB))


def _admit_after_commit(session: LabSession) -> None:
    def admit() -> None:
        if events.broker_answers():
            tasks.enqueue(queue.admit())
        else:
            fields: dict[str, Any] = {"error": failure_sentences.BROKER_GONE, "stopped_at": timezone.now()}
            session.move_to(State.FAILED, note="The broker did not answer.", **fields)

    transaction.on_commit(admit)


def put_first(session: LabSession, by: User, reach: QuerySet[LabSession]) -> None:
    """Put a session first in the queue. Administrators pass everybody; others pass only sessions within their REACH.

    Raises WrongState if it does not wait any more, and OthersWait if a session out of reach waits before it.
    """
    queue.put_first(session, None if by.is_staff else reach)
    tasks.admit_next()


def stop_session(session: LabSession, note: str = "") -> None:
    """Stop a session. If the broker is away, reconciliation stops it later."""
    try:
        with transaction.atomic():
            session.move_to(State.STOPPING, note=note)
            _enqueue(tasks.stop_session, str(session.pk), otherwise=lambda: None)
    except WrongState:
        session.refresh_from_db()  # it is stopping, or has ended


def stop_forbidden_copies(owners: Collection[int]) -> None:
    """Stop the copies that these people may not have any more, by the ids of their accounts. Beat does the same for everybody,
    some seconds later; callers that end a permission do it at once.
    """
    for copied in forbidden_copies.find(owners):
        stop_session(copied)


def stop_for_ticket(session: LabSession, rung: Rung) -> None:
    """Stop a learner's own lab, and open it as a trouble ticket of a rung once its work is saved.

    Raises MayNotStart before anything stops, and WrongState for a lab of several people, a copy, an exam and a trouble ticket
    that is not fixed.
    """
    ticket = session.ticket
    if (
        not (session.is_of_one_person and session.keeps_work and session.learner)
        or session.exam
        or (ticket and not ticket.fixed_at)
    ):
        raise WrongState(f"{session} is not stopped for a trouble ticket.")
    if versions.newest(session.lab).has_bots:
        raise MayNotStart(NEEDS_ONE_PERSON)
    with transaction.atomic():
        admission.require_may_start(session.learner)
        running = LabSession.objects.filter(pk=session.pk, state__in=(State.READY, State.STOPPING))
        if not running.update(next_rung=rung):
            raise WrongState(f"{session} does not run.")
        stop_session(session)


def extend_session(session: LabSession) -> None:
    """Give a session more time. Raises WrongState if it is too early or too late, or if it was done as often as allowed."""
    if session.exam:
        raise WrongState(f"{session} is an exam: its time is fixed.")
    minutes, within = settings.LAB_EXTENSION_MINUTES, settings.LAB_EXTENSION_WITHIN
    session.extend(minutes, within=within, most=settings.LAB_EXTENSIONS)
    session.touch()


def give_time(session: LabSession, minutes: int) -> None:
    """Move the deadline for those who teach. Raises as ``LabSession.give``."""
    with transaction.atomic():
        session.give(minutes)
        hooks.time_given(session.pk, minutes)


def request_check(session: LabSession, kind: Job.Kind = Job.Kind.ATTEMPT, seat: ClassSeat | None = None) -> Job:
    """Request an attempt, which counts, or a check without a grade. Raises WrongState if the lab is not ready, or is an exam.

    SEAT: in a class lab, the seat whose holder asks. The attempt is then about their work only, otherwise about that of all
    seats.
    """
    if session.exam:
        raise WrongState(f"{session} is an exam: it is graded once, at its end.")
    if seat and seat.is_away:
        raise WrongState(f"{seat} is empty: its holder has left it.")
    if seat and kind == Job.Kind.ATTEMPT:
        seat_attempts.request(seat)
    return _request(session, tasks.check_lab, kind=kind)


def request_exam_check(session: LabSession) -> Job:
    """Request the grading of an exam. Raises WrongState if the lab is not ready, or is no exam.

    No job of its learner holds up the grading: one that no worker has taken is ended, and one that runs gets JOB_TAKES. Until it
    has ended it is returned, and the caller requests the grading again.
    """
    if not session.exam:
        raise WrongState(f"{session} is no exam.")
    job = session.job
    if job and job.kind != Job.Kind.ATTEMPT:
        is_late = job.taken_at is not None and timezone.now() - job.taken_at > JOB_TAKES
        job.end(EXAM_IS_OVER, taken_at=job.taken_at if is_late else None)
    return _request(session, tasks.check_lab, kind=Job.Kind.ATTEMPT)


def request_reset(session: LabSession, node: str | None) -> Job:
    """Request the reset of a node, or of all. Raises WrongState if the lab is not ready, or is a trouble ticket; ExamIsOver."""
    if session.ticket:
        raise WrongState(f"{session} is a trouble ticket: a reset would remove both the solution and the fault.")
    return _request(session, tasks.reset_lab, kind=Job.Kind.RESET, node=node or "")


def request_skip(session: LabSession, stage: str) -> Job:
    """Request a skip to the beginning of a stage.

    Raises WrongState if the lab is not ready, if no stage comes before, and in an exam: a skip types the solution.
    """
    _refuse_after_exam(session)
    try:
        skipped = versions.of(session).before(stage)
    except (KeyError, versions.NoSuchLab):
        skipped = ()
    if not skipped or session.ticket or session.exam:
        raise WrongState(f"Nothing comes before {stage} in {session}.")
    return _request(session, tasks.skip_to_stage, kind=Job.Kind.SKIP, stage=stage)


def request_go_back(session: LabSession, save: Save) -> Job:
    """Request that a running lab returns to saved work. Its present work is saved first. Raises WrongState if it cannot return."""
    _refuse_after_exam(session)
    if save not in saves.to_go_back_to(session):
        raise WrongState(f"{session} cannot return to {save}.")
    return _request(session, tasks.go_back, kind=Job.Kind.GO_BACK, save_to_restore=save)


def request_save(session: LabSession) -> Job:
    """Request a save of the work now. Raises WrongState if the lab is not ready, or is a copy; ExamIsOver."""
    if not session.keeps_work:
        raise WrongState(f"{session} is a copy, which is not saved.")
    return _request(session, tasks.save_lab, kind=Job.Kind.SAVE)


def resume(session: LabSession) -> LabSession:
    """Start the lab of an ended session again for its learner, with the last save.

    Raises HasAnother, MayNotStart, NoSuchLab, and WrongState for an exam, a copy, and a session without a learner.
    """
    if session.learner is None or not session.keeps_work or session.exam:
        raise WrongState(
            f"{session} cannot be resumed: exams, copies and labs without a learner are not. Leave it out."
        )
    with transaction.atomic():
        work = session.saves.first() or session.resumes
        again = request_session(session.learner, session.lab, work, for_class=session.is_class)
        restore_seats(again, session)
        if session.is_class and work is None:  # else the work holds what the bots have typed
            bots.begin(again)
            hand_over(again)
    return again


def _request(session: LabSession, task: "Task[Any, None]", **fields: Any) -> Job:
    """Open a job, or return the one that is open: ten presses count as one. Raises WrongState, and ExamIsOver."""
    ready = LabSession.objects.filter(pk=session.pk, state=State.READY).first()
    if ready is None:
        raise WrongState(f"{session} is not ready.")
    if fields["kind"] != Job.Kind.ATTEMPT:  # in an exam this is its grading, which comes after its end
        _refuse_after_exam(ready)
    # For a check the worker does it, once it has read how long the lab was idle
    if fields["kind"] not in time_since_change.CHECKING:
        session.touch()

    def create() -> Job:
        job = session.jobs.create(**fields)
        session.log(f"Job {job.pk} ({job.kind}) is requested.")
        _enqueue(task, job.pk, otherwise=lambda: job.end(failure_sentences.BROKER_GONE_FOR_JOB))
        events.publish(session.pk, "job", kind=job.kind, over=False)
        return job

    job, is_new = _written_or_rival(create, lambda: session.job)
    if is_new:
        job.refresh_from_db()
    return job


def _refuse_after_exam(session: LabSession) -> None:
    if session.exam_is_over:
        raise ExamIsOver(f"{session} is to be graded as it is.")


def _enqueue(task: "Task[Any, None]", *args: Any, otherwise: Callable[[], Any]) -> None:
    """Enqueue after the commit. ``otherwise`` corrects the rows if the broker is away."""

    def send() -> None:
        try:
            if events.broker_answers():
                task.delay(*args)
                return
        except OperationalError:
            pass  # it went away in between
        otherwise()

    transaction.on_commit(send)
