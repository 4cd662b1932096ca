"""The lines of the preflight about the plan: agenda, capacity, rehearsals, roster and helpers.

The page of the plan shows them in one list with those of ``preflight_of_site``.
"""

from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.capacity.fits import Fit
from labs.registry import versions
from labs.translations import authored
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services.capacity import WorkshopCapacity
from vaka.workshops.services.preflight_of_site import Finding

SEATS_A_PERSON = 15  # at most, for one member of the team


def findings(workshop: Workshop, capacity: WorkshopCapacity) -> list[Finding]:
    """The answers, in the order of planning."""
    return [_agenda(workshop), _fits(workshop, capacity), _rehearsed(workshop), _roster(workshop), _helpers(workshop)]


def _agenda(workshop: Workshop) -> Finding:
    title, items = _("Agenda"), list(workshop.agenda.all())
    if not items:
        return Finding(title, _("It is empty. Paste it from a spreadsheet, or add its items."), is_fine=False)
    if unsuited := next((item for item in items if item.exam_problem), None):
        return Finding(title, f"{unsuited.title}: {unsuited.exam_problem}", is_fine=False)
    if outside := [item.title for item in items if item.is_outside_days]:
        text = _("Outside the workshop days: %(items)s.")
        return Finding(title, text % {"items": ", ".join(outside)}, is_fine=False)
    if clash := next(_clashes(items), None):
        text = _("“%(one)s” and “%(other)s” are at the same time.")
        return Finding(title, text % {"one": clash[0].title, "other": clash[1].title}, is_fine=False)
    text = ngettext("%(n)d agenda item.", "%(n)d agenda items.", len(items))
    return Finding(title, text % {"n": len(items)}, is_fine=True)


def _clashes(items: list[AgendaItem]) -> Iterator[tuple[AgendaItem, AgendaItem]]:
    return ((one, other) for one, other in pairwise(items) if other.from_at < one.to_at)


def _fits(workshop: Workshop, capacity: WorkshopCapacity) -> Finding:
    title = _("Capacity")
    if capacity.missing:
        text = _("This site does not have these labs: %(labs)s.")
        return Finding(title, text % {"labs": ", ".join(capacity.missing)}, is_fine=False)
    if not capacity.labs:
        return Finding(title, _("No lab is on the agenda yet."), is_fine=True)
    if small := [fit for fit in capacity.labs if not fit.fits]:
        text = _("%(lab)s: the workshop needs %(n)d copies, and fewer fit on this server.")
        return Finding(title, text % {"lab": authored(small[0].lab.title), "n": small[0].seats}, is_fine=False)
    if short := [fit for fit in capacity.labs if fit.lab.has_bots and fit.seats > 1]:
        return Finding(title, _too_few_class_lab_seats(workshop, short[0]), is_fine=False)
    text = ngettext("All labs fit, for %(n)d seat.", "All labs fit, for %(n)d seats.", workshop.seat_count)
    return Finding(title, text % {"n": workshop.seat_count}, is_fine=True)


def _too_few_class_lab_seats(workshop: Workshop, fit: Fit) -> str:
    text = _(
        "%(lab)s: a class lab has %(n)d class-lab seats, and there are %(seats)d seats. Start %(labs)d class labs, each by "
        "another instructor of the team."
    )
    lab, seats = authored(fit.lab.title), workshop.seat_count
    return text % {"lab": lab, "n": len(fit.lab.seats), "seats": seats, "labs": fit.seats}


def _rehearsed(workshop: Workshop) -> Finding:
    """A rehearsal counts for the version of the lab that it ran."""
    title, labs = _("Rehearsal"), workshop.labs
    if not labs:
        return Finding(title, _("No lab is on the agenda yet."), is_fine=True)
    offered = {lab.id: lab for lab in versions.all_labs()}
    works = {
        one.lab
        for one in workshop.rehearsals.select_related("session")
        if one.succeeded and one.session and one.lab in offered and one.session.lab_version == offered[one.lab].version
    }
    if left := [authored(offered[lab].title) if lab in offered else lab for lab in labs if lab not in works]:
        text = _("Not rehearsed on this server, or failed: %(labs)s.")
        return Finding(title, text % {"labs": ", ".join(left)}, is_fine=False)
    text = ngettext("%(n)d lab works on this server.", "%(n)d labs work on this server.", len(labs))
    return Finding(title, text % {"n": len(labs)}, is_fine=True)


def _roster(workshop: Workshop) -> Finding:
    title, names = _("Roster"), workshop.seats.count()
    if not names:
        text = _("No names yet. People can join with the code alone; with a list, each gets their seat and a card.")
        return Finding(title, text, is_fine=True)
    joined = workshop.seats.taken().count()
    text = _("%(names)d of %(seats)d seats have a name, and %(joined)d have joined.")
    return Finding(title, text % {"names": names, "seats": workshop.seat_count, "joined": joined}, is_fine=True)


def _helpers(workshop: Workshop) -> Finding:
    title, team = _("Helpers"), workshop.accepted_team.filter(user__is_active=True).count()
    text = ngettext("%(n)d person for %(seats)d seats.", "%(n)d people for %(seats)d seats.", team)
    said = text % {"n": team, "seats": workshop.seat_count}
    asked = workshop.team.filter(accepted_at=None, user__is_active=True).select_related("user")
    if names := ", ".join(member.user.shown_name for member in asked):
        said += " " + _("Not counted, because they have not accepted yet: %(names)s.") % {"names": names}
    if team * SEATS_A_PERSON >= workshop.seat_count:
        return Finding(title, said, is_fine=True)
    more = _("One for at most %(n)d seats is usual: add a helper.") % {"n": SEATS_A_PERSON}
    return Finding(title, f"{said} {more}", is_fine=False)
