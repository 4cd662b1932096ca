"""What planning does: a new workshop, last year's again, labs that are built before a session starts, and whether all will fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from labs.capacity import fits
from labs.capacity.fits import Fit
from labs.models import Host
from labs.models.pool_size import PoolSize
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops.models import AgendaItem, Role, Workshop, WorkshopStaff

YEAR = timedelta(weeks=52)  # so that Monday stays Monday
FACTS = ("title", "place", "time_zone", "language", "seats", "pass_percent")  # that a copy has too


def make(workshop: Workshop, lead: User) -> Workshop:
    """Keep a new workshop, and who leads it."""
    with transaction.atomic():
        workshop.save()
        WorkshopStaff.objects.create(workshop=workshop, user=lead, role=Role.LEAD)
    return workshop


def change(workshop: Workshop) -> int:
    """Keep what was changed; sessions that nobody has opened move with its first day. How many moved.

    They keep their hours by the clock on the wall, also when the workshop goes to another time zone.
    """
    with transaction.atomic():
        before = Workshop.objects.select_for_update().get(pk=workshop.pk)
        workshop.save(update_fields=[*FACTS, "first_day", "last_day"])
        moves = (before.first_day, before.time_zone) != (workshop.first_day, workshop.time_zone)
        items = list(workshop.agenda.filter(opened_at=None)) if moves else []
        later = workshop.first_day - before.first_day
        for item in items:
            item.from_at = _moved(item.from_at, later, before, workshop)
            item.to_at = _moved(item.to_at, later, before, workshop)
            item.save(update_fields=["from_at", "to_at"])
        build_all_ahead(workshop)
    return len(items)


def build_ahead(item: AgendaItem) -> None:
    """Have the session's labs wait, one for each seat, when it starts; take back what was said before."""
    with transaction.atomic():
        PoolSize.objects.filter(agendaitem=item).delete()
        if not item.built_ahead or item.workshop.closed_at:
            return
        times = {"from_at": item.from_at, "until_at": item.to_at, "at_start": item.workshop.seats}
        name = f"{item.workshop.title[:60]}, {item.title[:36]}"
        item.pools.set([PoolSize.objects.create(lab=lab, workshop=name, **times) for lab in item.labs])


def build_all_ahead(workshop: Workshop) -> None:
    """After its seats changed, or when it closes."""
    for item in workshop.agenda.select_related("workshop"):
        build_ahead(item)


def remove(item: AgendaItem) -> None:
    with transaction.atomic():
        PoolSize.objects.filter(agendaitem=item).delete()
        item.delete()


def copy(old: Workshop, lead: User) -> Workshop:
    """The same again, by whole years later until it lies ahead: the same weekdays and hours, a new code, nobody in its seats."""
    later = YEAR
    while old.first_day + later <= timezone.now().date():
        later += YEAR
    days = {"first_day": old.first_day + later, "last_day": old.last_day + later}
    new = Workshop(**days, **{name: getattr(old, name) for name in FACTS})
    with transaction.atomic():
        make(new, lead)
        for person in old.staff.exclude(user=lead):
            role = Role.CO if person.role == Role.LEAD else person.role
            WorkshopStaff.objects.create(workshop=new, user=person.user, role=role)
        for item in old.agenda.all():
            kept = {name: getattr(item, name) for name in ("title", "courses", "labs", "notes", "built_ahead")}
            hours = {name: _moved(getattr(item, name), later, old, new) for name in ("from_at", "to_at")}
            build_ahead(AgendaItem.objects.create(workshop=new, **kept, **hours))
    return new


def _moved(at: datetime, later: timedelta, old: Workshop, new: Workshop) -> datetime:
    """Later by the clock on the wall there, whatever summer time does in between."""
    return (at.astimezone(old.zone) + later).replace(tzinfo=new.zone)


@dataclass(frozen=True, slots=True)
class Fits:
    """Will it fit? ``missing`` are labs that this site does not have."""

    host: Host
    labs: Sequence[Fit]
    missing: Sequence[str]

    @property
    def all_fit(self) -> bool:
        return bool(self.labs) and not self.missing and all(fit.fits for fit in self.labs)


def will_it_fit(workshop: Workshop) -> Fits:
    """Each lab of the workshop with all its seats starting it in the same second."""
    known = {lab.id: lab for lab in versions.all_labs()}
    wanted = workshop.labs
    found = fits.fits([known[lab] for lab in wanted if lab in known], workshop.seats)
    return Fits(Host.known(), found, [lab for lab in wanted if lab not in known])
