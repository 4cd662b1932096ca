"""Exams: beginning, handing in, ending, and opening the results. A row says what is to be done; beat calls ``step`` to do it.

Each seat sits an exam once, in a lab that was started for it. The time of a sitting runs while its lab runs and the site is
up: not in a pause, not while the lab starts, not while the server is down. A lost connection of the learner does not stop it:
the lab runs on, and so does its time. If the lab is lost, ``step`` starts it again with the last saved work and the time that
was left.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from labs import events as lab_events
from labs.lifecycle import services
from labs.models import Attempt, Exam, Job, LabSession, State, WrongState
from labs.registry import versions
from labs.terminals import closing_terminals
from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import AgendaItem, Seat, SeatLogEntry, Sitting, TeamMember, Workshop
from vaka.workshops.services import agenda_items, certificates, presenting, seat_log

# ``step`` runs for each sitting every 5 seconds. If it has not run for this long, the site was down.
DOWN_AFTER = timedelta(minutes=1)
MOST_STARTS = 5  # of the lab of a sitting. Until it is handed in, only those count after which the lab was ready
START_AGAIN_AFTER = timedelta(seconds=20)  # if the lab could not be started, for example on a busy server
MOST_CHECKS = 3  # of its work, if the check itself fails, or cannot find out some of it
MOST_OTHER_STARTS = 10  # of a learner whose lost lab is to be graded: each keeps it from starting again


logger = logging.getLogger(__name__)


class MayNotSit(Exception):
    """The seat cannot begin the exam: it is not open, or the seat joined after it was opened and was not admitted."""


def open_exams() -> QuerySet[AgendaItem]:
    """The exams that run now, in workshops that are not over."""
    running = AgendaItem.objects.filter(kind=AgendaItem.Kind.EXAM, opened_at__isnull=False, ended_at=None)
    lately = timezone.now().date() - timedelta(days=1)  # the day is not over in all time zones
    return running.filter(workshop__closed_at=None, workshop__last_day__gte=lately)


def exams_of(user: User) -> QuerySet[AgendaItem]:
    """The exams that run now in workshops in which the user has a seat. A flag of an account (ACCOUNT_FLAGS)."""
    return open_exams().filter(workshop__seats__user=user)


def labs_closed_to(user: User) -> frozenset[str]:
    """The labs of the exams that run in the user's workshops. They stay open to people who teach (LABS_CLOSED).

    They also stay open to everybody without a seat: no workshop closes a lab for the rest of the site.
    """
    if user.is_instructor:
        return frozenset()
    running = exams_of(user).exclude(workshop__in=TeamMember.objects.accepted().filter(user=user).values("workshop"))
    return frozenset(lab for labs in running.values_list("labs", flat=True) for lab in labs)


def open_exam(item: AgendaItem, by: User) -> bool:
    """Open an exam; False if it is open already. Terminals of its lab close at the seats: the lab is closed there from now on.

    Raises ValidationError if nobody could sit it.
    """
    if item.exam_problem:
        raise ValidationError(item.exam_problem)
    if not agenda_items.open_item(item, by):
        return False
    theirs = LabSession.objects.live().filter(lab__in=item.labs)
    working = Q(lab_sessions__in=theirs) | Q(lab_seats__session__in=theirs)
    for user in User.objects.filter(working, workshop_seats__workshop=item.workshop).distinct():
        if labs_closed_to(user).intersection(item.labs):
            closing_terminals.close_all(user.pk)
    return True


def sitting_of(user: User) -> Sitting | None:
    """The sitting that the user has begun and not finished, if any."""
    found = Sitting.objects.of(user).unfinished().filter(handed_in_at=None, item__in=open_exams())
    return found.select_related("item__workshop", "session", "seat").first()


def closes_slides(user: User, path: str) -> bool:
    """Whether the slides of the page PATH are closed to the user: all while they sit an exam, then those that lead to its lab."""
    return sitting_of(user) is not None or presenting.lab_of(path) in labs_closed_to(user)


def page_of_session(session: UUID) -> str:
    """The address at which the learner of a session hands in; empty if it is no exam. ``labs`` calls it (LAB_EXAMS)."""
    sitting = Sitting.objects.filter(session=session).select_related("item").first()
    return reverse("workshops:exam", args=[sitting.item.workshop_id, sitting.item_id]) if sitting else ""


def count_given_time(session: UUID, minutes: int) -> None:
    """Count the minutes that a sitting was given; does nothing if the session is no exam. ``labs`` calls it (LAB_TIME_GIVEN)."""
    Sitting.objects.filter(session=session).update(given_minutes=F("given_minutes") + minutes)


def may_begin(item: AgendaItem, seat: Seat) -> bool:
    """Whether the seat may begin now: the exam is open, and the seat joined before it was opened or was admitted."""
    if not open_exams().filter(pk=item.pk).exists() or item.workshop.is_over or item.workshop.paused_at:
        return False
    was_there = seat.joined_at is not None and item.opened_at is not None and seat.joined_at <= item.opened_at
    return was_there or item.sittings.filter(seat=seat).exists()


def admit(item: AgendaItem, seat: Seat, by: User) -> None:
    """Let this seat take the exam although it joined after the opening. Its trainee reads that in the seat log."""
    with transaction.atomic():
        _sitting, made = Sitting.objects.get_or_create(item=item, seat=seat)
        if made:
            seat_log.record(item.workshop, seat, by, SeatLogEntry.Kind.ADMIT, item.title)


def is_led(session: LabSession) -> bool:
    """Whether it is a class lab that goes on: no exam of its leader stops the work of the others."""
    return session.state != State.STOPPING and not session.is_of_one_person


def leads_class_lab(user: User) -> bool:
    return any(is_led(session) for session in LabSession.objects.live().of(user))


def begin(item: AgendaItem, seat: Seat) -> Sitting:
    """Begin the exam at this seat, or return the sitting that has begun: nobody can sit an exam twice.

    Raises MayNotSit; HasAnother if another lab of the learner is live; MayNotStart and NoSuchLab.
    """
    if seat.user is None:
        raise MayNotSit
    now = timezone.now()
    try:
        with transaction.atomic():
            list(AgendaItem.objects.select_for_update(no_key=True).filter(pk=item.pk))  # nobody closes it meanwhile
            if not may_begin(item, seat):
                raise MayNotSit
            sitting, _made = Sitting.objects.select_for_update(no_key=True).get_or_create(item=item, seat=seat)
            if sitting.began_at is None:
                sitting.session = services.request_exam(seat.user, item.labs[0], item.length)
                sitting.began_at = sitting.seen_at = now
                sitting.left_s, sitting.starts = item.length.total_seconds(), 1
                sitting.save()
    except IntegrityError:  # two presses, or the seat was freed at this moment
        begun = Sitting.objects.filter(item=item, seat=seat).first()
        if begun is None:
            raise MayNotSit from None
        return begun
    return sitting


def hand_in(sitting: Sitting) -> None:
    """Hand in the learner's work. The lab closes for them, and ``step`` grades it."""
    now = timezone.now()
    mine = Sitting.objects.filter(pk=sitting.pk, handed_in_at=None)
    with transaction.atomic():
        if mine.update(handed_in_at=now, left_s=0.0) and sitting.session_id:
            LabSession.objects.filter(pk=sitting.session_id, ends_at__isnull=False).update(ends_at=now)
            lab_events.publish(sitting.session_id, "deadline", ends_at=now.isoformat())  # terminals close at once


def end(item: AgendaItem, by: User | None) -> bool:
    """End an exam for everybody: open sittings are handed in now. False if it has ended before."""
    with transaction.atomic():
        running = AgendaItem.objects.filter(pk=item.pk, kind=AgendaItem.Kind.EXAM, ended_at=None)
        if not running.exclude(opened_at=None).update(ended_at=timezone.now()):
            return False
        for sitting in item.sittings.begun().filter(handed_in_at=None):
            hand_in(sitting)
        seat_log.record(item.workshop, None, by, SeatLogEntry.Kind.END_EXAM, item.title)
    item.refresh_from_db()
    return True


def end_all(workshop: Workshop, by: User) -> None:
    """End all exams that run. One that nobody has begun is closed again, so it can be opened after a close by mistake."""
    for item in workshop.agenda.filter(kind=AgendaItem.Kind.EXAM, ended_at=None):
        if not agenda_items.close_item(item, by):
            end(item, by)


def can_open_results(item: AgendaItem) -> bool:
    """Whether the results can be opened: the exam has ended, and all work is graded."""
    return bool(item.ended_at and not item.results_opened_at and not item.sittings.unfinished().exists())


def open_results(item: AgendaItem, by: User) -> bool:
    """Open the results for each learner and the team. A closed workshop awards its certificates. This cannot be undone."""
    if not can_open_results(item):
        return False
    with transaction.atomic():
        now = timezone.now()
        if not AgendaItem.objects.filter(pk=item.pk, results_opened_at=None).update(results_opened_at=now):
            return False
        attempts = item.sittings.exclude(attempt=None).values("attempt__session")
        mine = Q(pk__in=attempts) | Q(pk__in=item.sittings.values("session"))
        LabSession.objects.filter(mine, exam=Exam.SEALED).update(exam=Exam.OPEN)
        seat_log.record(item.workshop, None, by, SeatLogEntry.Kind.OPEN_RESULTS, item.title)
    item.refresh_from_db()
    if item.workshop.closed_at:
        certificates.award(item.workshop)
    return True


def step() -> None:
    """Bring each sitting one step forward. Beat calls it."""
    for item in open_exams().select_related("workshop"):
        if item.workshop.is_over:
            end(item, None)
    for sitting in Sitting.objects.unfinished().select_related("item__workshop", "seat__user", "session"):
        try:
            _step(sitting, timezone.now())
        except Exception:  # one sitting must not stop the others
            logger.exception("A sitting of an exam could not go on: %s", sitting.pk)


def _step(sitting: Sitting, now: datetime) -> None:
    if sitting.handed_in_at is None and (sitting.item.ended_at or sitting.item.opened_at is None):
        hand_in(sitting)  # it began in the moment in which the exam ended
        sitting.refresh_from_db()
    session = sitting.session
    if session is None or session.state in (State.STOPPED, State.FAILED):
        _go_on_without_lab(sitting, session)
    elif session.state == State.READY and (sitting.handed_in_at or not sitting.item.workshop.paused_at):
        _step_of_running_lab(sitting, session, now)
    _seen(sitting, now)


def _step_of_running_lab(sitting: Sitting, session: LabSession, now: datetime) -> None:
    away = now - sitting.seen_at
    if away > DOWN_AFTER and not sitting.handed_in_at and session.ends_at:
        same = LabSession.objects.filter(
            pk=session.pk, state=State.READY, ends_at=session.ends_at
        )  # not handed in since
        same.update(ends_at=session.ends_at + away, warned=0)
        session.refresh_from_db(fields=["ends_at"])
        lab_events.publish(session.pk, "deadline", ends_at=session.ends_at.isoformat() if session.ends_at else "")
    left = (session.ends_at - now).total_seconds() if session.ends_at else 0.0
    if sitting.handed_in_at is None and left > 0:
        Sitting.objects.filter(pk=sitting.pk, handed_in_at=None).update(left_s=left)
        return
    hand_in(sitting)
    _grade(sitting, session)


def _grade(sitting: Sitting, session: LabSession) -> None:
    """Request the check of the work, then keep the result and stop the lab.

    On a busy server a check may find out nothing. The work does not change any more, so it is checked again, and the result with
    the fewest points unknown counts.
    """
    attempt = _attempt_of(session)
    is_incomplete = attempt is None or attempt.unknown > 0
    checks = session.jobs.filter(kind=Job.Kind.ATTEMPT)
    if is_incomplete and checks.filter(ended_at=None).exists():
        return
    if is_incomplete and checks.count() < MOST_CHECKS:
        try:
            services.request_exam_check(session)
        except WrongState:
            return  # it has just ended
        return
    _finish(sitting, attempt)
    services.stop_session(session)


def _go_on_without_lab(sitting: Sitting, before: LabSession | None) -> None:
    """Start the lab of a sitting again, with the last saved work and the time that was left, even if it is only to be graded."""
    attempt = _attempt_of(before) if before else None
    user = sitting.seat.user
    if attempt or before is None or user is None or sitting.starts >= MOST_STARTS:
        _finish(sitting, attempt)
        return
    was_ready = before.ready_at is not None
    if not was_ready and timezone.now() - before.state_at < START_AGAIN_AFTER:
        return
    try:
        again = services.request_exam(user, before.lab, sitting.left, before)
    except services.HasAnother as error:
        _make_way(sitting, user, error.session)
        return
    except services.MayNotStart:
        return  # the next step tries again
    except versions.NoSuchLab:
        _finish(sitting, None)
        return
    counts = was_ready or sitting.handed_in_at is not None
    Sitting.objects.filter(pk=sitting.pk).update(session=again, starts=sitting.starts + counts)


def _make_way(sitting: Sitting, user: User, other: LabSession) -> None:
    """Save and stop the lab that the learner has started since they handed in. The next step starts that of the exam again.

    The results of all wait for this. So a learner who starts labs again and again gets no result. A class lab is not stopped.
    """
    since = sitting.handed_in_at
    if since and LabSession.objects.filter(learner=user, created_at__gte=since).count() > MOST_OTHER_STARTS:
        _finish(sitting, None)
    elif not is_led(other):
        services.stop_session(other)


def _attempt_of(session: LabSession) -> Attempt | None:
    """The result of a session: of several, the one that found out the most."""
    return Attempt.with_exams.filter(session=session, kind=Attempt.Kind.EXAM).order_by("unknown", "pk").first()


def _finish(sitting: Sitting, attempt: Attempt | None) -> None:
    now = timezone.now()
    if Sitting.objects.filter(pk=sitting.pk, ended_at=None).update(ended_at=now, attempt=attempt):
        Sitting.objects.filter(pk=sitting.pk, handed_in_at=None).update(handed_in_at=now)
        events.publish(sitting.item.workshop, "exam", sitting.seat)


def _seen(sitting: Sitting, now: datetime) -> None:
    Sitting.objects.filter(pk=sitting.pk).update(seen_at=now)
