"""Closing, reopening and deleting a workshop.

Closing makes the join code invalid. It checks each running lab one last time, stops it, and awards the certificates.
A workshop that was closed by mistake can be reopened. A workshop in which nothing was done can be deleted.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labs.engine.shared import pace
from labs.lifecycle import seat_attempts, services
from labs.models import LIVE, STOPPED_BY_CLOSE, Exam, Job, LabSession, State, WrongState
from vaka.accounts.models import User
from vaka.credentials.models import Credential
from vaka.workshops import events, visible_to_team
from vaka.workshops.models import SeatLogEntry, Sitting, Workshop
from vaka.workshops.services import agenda_items, certificates, exams, forbidden_copies, observing, pauses, seat_log

LAST_CHECKS_TAKE = timedelta(
    seconds=pace.seconds(600)
)  # at most, for the whole room; then the labs are stopped unchecked


def close(workshop: Workshop, by: User) -> int:
    """Close the workshop and return how many certificates were awarded now. Closing again awards those earned since.

    Running labs get a last check, because a trainee may see green checks without having pressed "Check my work".
    ``continue_closing`` stops each lab after its check and awards the certificates that follow from it.
    """
    exams.end_all(workshop, by)
    paused_at, now = workshop.paused_at, timezone.now()
    with transaction.atomic():  # beat ends labs whose time is up: it must not run between these changes
        closed = Workshop.objects.filter(pk=workshop.pk, closed_at=None).update(closed_at=now, paused_at=None)
        if closed and paused_at:
            pauses.move_deadlines(workshop, paused_at, now)  # else labs would end in the pause, before their last check
        if closed:
            for session in _running(workshop).filter(is_class=True):
                seat_attempts.request_for_all(session)
            seat_log.record(workshop, None, by, SeatLogEntry.Kind.CLOSE)
    workshop.refresh_from_db()
    forbidden_copies.stop(workshop)
    awarded = certificates.award(workshop)
    agenda_items.build_all_ahead(workshop)  # removes what was to be built
    observing.end_all(workshop)
    if workshop.settled_at is None:
        _settle(workshop)
    events.publish(workshop, "closed")
    return awarded


def continue_closing() -> None:
    """Continue with each closed workshop whose labs are still being checked. Beat calls it."""
    for workshop in Workshop.objects.filter(settled_at=None).exclude(closed_at=None):
        _settle(workshop)


def _settle(workshop: Workshop) -> None:
    """Stop each lab that has had its last check. The workshop is settled when none is left. A class lab that is also that of
    another room is left to it.
    """
    waits = Sitting.objects.unfinished().filter(item__workshop=workshop).exists()
    for session in _running(workshop):
        if _waits_for_last_check(workshop, session):
            waits = True
        elif not _goes_on_elsewhere(workshop, session):
            services.stop_session(session, STOPPED_BY_CLOSE)  # the work is saved first
    if waits:
        return
    certificates.award(workshop)
    Workshop.objects.filter(pk=workshop.pk, settled_at=None).update(settled_at=timezone.now())
    workshop.refresh_from_db()
    events.publish(workshop, "closed")


def _running(workshop: Workshop) -> QuerySet[LabSession]:
    """The labs to check and stop, also class labs. Those of exams are graded by ``exams.step``."""
    return visible_to_team.all_labs(workshop).filter(state__in=LIVE, exam=Exam.NONE).exclude(state=State.STOPPING)


def _goes_on_elsewhere(workshop: Workshop, session: LabSession) -> bool:
    """Whether it is also the class lab of another workshop of its leader, which is not over."""
    others = Workshop.objects.filter(team__user=session.learner_id, closed_at=None).exclude(pk=workshop.pk)
    return session.is_class and any(
        visible_to_team.class_labs(one).filter(pk=session.pk).exists() for one in others if not one.is_over
    )


def _waits_for_last_check(workshop: Workshop, session: LabSession) -> bool:
    """Request the last check of a session, once. Return whether its result is still to come, within LAST_CHECKS_TAKE."""
    closed = workshop.closed_at or timezone.now()
    if session.state != State.READY or session.ticket or timezone.now() - closed > LAST_CHECKS_TAKE:
        return False
    if session.job:
        return True
    was_checked = session.jobs.filter(kind=Job.Kind.ATTEMPT, asked_at__gte=closed).exists()
    if was_checked and not (session.is_class and seat_attempts.are_waiting(session)):
        return False
    try:
        services.request_check(session)
    except WrongState:
        return False  # it has just ended
    return True


def reopen(workshop: Workshop, by: User) -> bool:
    """Make the join code valid again. False if the workshop is open or its last day is over. Certificates stay."""
    with transaction.atomic():
        if not workshop.can_reopen or not Workshop.objects.filter(pk=workshop.pk).exclude(closed_at=None).update(
            closed_at=None, settled_at=None
        ):
            return False
        workshop.refresh_from_db()
        agenda_items.build_all_ahead(workshop)
        seat_log.record(workshop, None, by, SeatLogEntry.Kind.REOPEN)
    return True


def was_used(workshop: Workshop) -> bool:
    """Whether a seat was taken, an agenda item was opened, or a certificate names the workshop."""
    return (
        workshop.seats.taken().exists()
        or workshop.agenda.exclude(opened_at=None).exists()
        or Credential.objects.filter(achievement=certificates.achievement(workshop)).exists()
    )


def delete(workshop: Workshop) -> bool:
    """Delete a workshop with its plan and its reserved seats; False if it was used."""
    with transaction.atomic():
        Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)  # nobody can take a seat meanwhile
        if was_used(workshop):
            return False
        for session in _rehearsal_sessions(workshop):
            services.stop_session(session)
        for item in workshop.agenda.all():
            agenda_items.remove_item(item)
        workshop.delete()
    return True


def _rehearsal_sessions(workshop: Workshop) -> QuerySet[LabSession]:
    mine = workshop.rehearsals.filter(ended_at=None).values("session")
    return LabSession.objects.live().filter(pk__in=mine).exclude(state=State.STOPPING)
