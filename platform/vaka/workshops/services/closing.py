"""The end of a workshop: its code lets nobody in, its labs are checked, saved and stopped, and who met the rule is certified.

One that was closed by mistake is opened again; one in which nothing was done can be deleted.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from labs.lifecycle import services
from labs.models import LIVE, Job, LabSession, State, WrongState
from vaka.accounts.models import User
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.course_certificate import graded_stages
from vaka.credentials.models import Credential
from vaka.credentials.services import Barred, issue
from vaka.workshops import events
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import observing, planning
from vaka.workshops.services.report import Results, Row
from vaka.workshops.services.seat_actions import give_back, write_down

PATIENCE = timedelta(minutes=10)  # for the last checks of a room; then its labs are stopped as they are


def close(workshop: Workshop, by: User) -> int:
    """Close it, once; how many have earned a certificate now. Pressed again, who was graded meanwhile gets his.

    Labs that run are checked a last time, since a trainee may see green what he has never pressed "Check my work" for;
    ``step`` stops them when that is done, and gives the certificates that come of it.
    """
    paused_at, now = workshop.paused_at, timezone.now()
    with transaction.atomic():  # beat, which ends labs, must not look in between
        closed = Workshop.objects.filter(pk=workshop.pk, closed_at=None).update(closed_at=now, paused_at=None)
        if closed and paused_at:
            give_back(workshop, paused_at, now)  # else a lab whose time ran out at lunch ends before its last check
        if closed:
            write_down(workshop, None, by, SeatLogEntry.Kind.CLOSE)
    workshop.refresh_from_db()
    earned = _give_certificates(workshop)
    planning.build_all_ahead(workshop)  # nothing is built for it any more
    observing.end_all(workshop)
    if workshop.settled_at is None:
        _settle(workshop)
    events.tell(workshop, "closed")
    return earned


def step() -> None:
    """Go on with each workshop that is closed and whose labs are still being checked. Beat calls it."""
    for workshop in Workshop.objects.filter(settled_at=None).exclude(closed_at=None):
        _settle(workshop)


def _settle(workshop: Workshop) -> None:
    """Stop each lab that has had its last check. With the last of them the workshop is settled."""
    waits = False
    for session in _running(workshop):
        if _is_waited_for(workshop, session):
            waits = True
        else:
            services.stop_session(session)  # what was typed is saved first
    if waits:
        return
    _give_certificates(workshop)
    Workshop.objects.filter(pk=workshop.pk, settled_at=None).update(settled_at=timezone.now())
    workshop.refresh_from_db()
    events.tell(workshop, "closed")


def _running(workshop: Workshop) -> QuerySet[LabSession]:
    return workshop.lab_sessions().filter(state__in=LIVE).exclude(state=State.STOPPING)


def _is_waited_for(workshop: Workshop, session: LabSession) -> bool:
    """Whether its last check is still to come, which is asked for here; but nobody is waited for longer than PATIENCE."""
    closed = workshop.closed_at or timezone.now()
    if session.state != State.READY or session.ticket or timezone.now() - closed > PATIENCE:
        return False
    if session.job:
        return True
    if session.jobs.filter(kind=Job.Kind.ATTEMPT, asked_at__gte=closed).exists():
        return False
    try:
        services.request_check(session)
    except WrongState:
        return False  # it has just ended
    return True


def _give_certificates(workshop: Workshop) -> int:
    """To who has met the rule; how many had none of it before."""
    results = Results(workshop)
    with transaction.atomic():
        had = set(Credential.objects.filter(achievement=achievement(workshop)).values_list("learner", flat=True))
        return sum(_earns(workshop, results, row) and row.seat.user_id not in had for row in results.met)


def reopen(workshop: Workshop, by: User) -> bool:
    """Let people in again with the same code; False if it is open, or its last day is over. Certificates stay."""
    with transaction.atomic():
        if not workshop.can_reopen or not Workshop.objects.filter(pk=workshop.pk).exclude(closed_at=None).update(
            closed_at=None, settled_at=None
        ):
            return False
        workshop.refresh_from_db()
        planning.build_all_ahead(workshop)
        write_down(workshop, None, by, SeatLogEntry.Kind.REOPEN)
    return True


def was_used(workshop: Workshop) -> bool:
    """Whether somebody has taken a seat, a session was opened, or a certificate names it."""
    return (
        workshop.places.taken().exists()
        or workshop.agenda.exclude(opened_at=None).exists()
        or Credential.objects.filter(achievement=f"workshop/{workshop.pk}").exists()
    )


def delete(workshop: Workshop) -> bool:
    """Delete a workshop with its plan and the names that wait; False for one that was used."""
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)  # nobody takes a seat meanwhile
        if was_used(workshop):
            return False
        for session in _rehearsed(workshop):
            services.stop_session(session)
        for item in workshop.agenda.all():
            planning.remove(item)
        workshop.delete()
    return True


def _earns(workshop: Workshop, results: Results, row: Row) -> bool:
    """It waits for its holder, who chooses the name on it; a seat of two people has one holder."""
    if row.seat.user is None:
        return False
    try:
        with override(workshop.language):  # of those who were there, not of who pressed
            issue(row.seat.user, facts(workshop, results, row))
    except Barred:
        return False
    return True


def achievement(workshop: Workshop) -> str:
    return f"workshop/{workshop.pk}"


def facts(workshop: Workshop, results: Results, row: Row) -> CertificateContent:
    titles = ", ".join(lab.title for lab in results.labs)
    days = len(row.days)
    text = _("At least %(least)d %% of the points of the labs of this workshop, shown on a live network: %(labs)s.")
    there = ngettext("Took part on %(n)d day of %(of)d.", "Took part on %(n)d days of %(of)d.", days)
    notes = [there % {"n": days, "of": len(results.days)}]
    if row.seat.partner:
        notes.append(_("Two people shared this seat and its work."))
    return CertificateContent(
        achievement=achievement(workshop),
        title=workshop.title,
        summary=_("Has worked through the labs of this workshop on live networks."),
        criteria=text % {"least": workshop.pass_percent, "labs": titles},
        notes=tuple(notes),
        stages=tuple(graded_stages(row.attempts)),
    )


def _rehearsed(workshop: Workshop) -> QuerySet[LabSession]:
    mine = workshop.rehearsals.filter(ended_at=None).values("session")
    return LabSession.objects.live().filter(pk__in=mine).exclude(state=State.STOPPING)
