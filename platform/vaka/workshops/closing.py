"""The end of a workshop: its code lets nobody in, its labs are saved and stopped, and who met the rule has a certificate."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs import services
from labs.models import LabSession, State
from vaka.credentials.facts import Facts
from vaka.credentials.of_course import stages_of
from vaka.credentials.services import Barred, issue
from vaka.workshops import news, planning, visiting
from vaka.workshops.models import Workshop
from vaka.workshops.results import Results, Row


def close(workshop: Workshop) -> int:
    """Close it, once; how many have earned a certificate. Pressed again, who was graded meanwhile gets his."""
    results = Results(workshop)
    with transaction.atomic():
        Workshop.objects.filter(pk=workshop.pk, closed_at=None).update(closed_at=timezone.now(), paused_at=None)
        workshop.refresh_from_db()
        earned = sum(_earns(workshop, results, row) for row in results.met)
        planning.build_all_ahead(workshop)  # nothing is built for it any more
    visiting.end_all(workshop)
    _stop_labs(workshop)
    news.tell(workshop, "closed")
    return earned


def _earns(workshop: Workshop, results: Results, row: Row) -> bool:
    """It waits for its holder, who chooses the name on it; a seat of two people has one holder."""
    if row.seat.user is None:
        return False
    try:
        issue(row.seat.user, facts(workshop, results, row))
    except Barred:
        return False
    return True


def facts(workshop: Workshop, results: Results, row: Row) -> Facts:
    titles = ", ".join(lab.title for lab in results.labs)
    days = len(row.days)
    text = _("At least %(least)d %% of the points of the labs of this workshop, shown on a live network: %(labs)s.")
    there = ngettext("There on %(n)d day of %(of)d.", "There on %(n)d days of %(of)d.", days)
    notes = [there % {"n": days, "of": len(results.days)}]
    if row.seat.partner:
        notes.append(_("Two people shared this seat and its work."))
    return Facts(
        achievement=f"workshop/{workshop.pk}",
        title=workshop.title,
        summary=_("Has worked through the labs of this workshop on live networks."),
        criteria=text % {"least": workshop.pass_percent, "labs": titles},
        notes=tuple(notes),
        stages=tuple(stages_of(row.attempts)),
    )


def _stop_labs(workshop: Workshop) -> None:
    live = LabSession.objects.live().filter(learner__workshop_seats__workshop=workshop)
    for session in live.exclude(state=State.STOPPING):
        services.stop_session(session)  # what was typed is saved first
