"""Planning a workshop: making, changing and copying it, with its agenda."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.workshops.models import AgendaItem, Role, Workshop, WorkshopStaff
from vaka.workshops.services import agenda_items

YEAR = timedelta(weeks=52)  # keeps the weekdays
ROOM_FIELDS = ("wifi_name", "wifi_password")  # of one room: next year's has others
COPIED_FIELDS = ("title", "place", "time_zone", "language", "seat_count", "pass_percent", "signer", "signer_role")
FIRST_HOUR, EVENING = time(9), time(16)  # local; after an item that ends in the evening, the next one is tomorrow's
MOST_PEOPLE = 300  # in the list of people to ask
COPIED_OF_ITEM = ("kind", "title", "courses", "lessons", "labs", "notes", "built_ahead")


def make(workshop: Workshop, lead: User) -> Workshop:
    """Save a new workshop with its lead."""
    with transaction.atomic():
        workshop.save()
        WorkshopStaff.objects.create(workshop=workshop, user=lead, role=Role.LEAD)
    return workshop


def change(workshop: Workshop) -> int:
    """Save a changed workshop, and move its agenda items with its first day; return how many moved."""
    with transaction.atomic():
        before = Workshop.objects.select_for_update().get(pk=workshop.pk)
        workshop.save(update_fields=[*COPIED_FIELDS, *ROOM_FIELDS, "first_day", "last_day"])
        moved = agenda_items.move_all(before, workshop)
        agenda_items.build_all_ahead(workshop)
    return moved


def copy(old: Workshop, lead: User) -> Workshop:
    """Copy a workshop by whole years into the future: same weekdays and hours, a new join code, empty seats."""
    later = YEAR
    while old.first_day + later <= timezone.now().date():
        later += YEAR
    days = {"first_day": old.first_day + later, "last_day": old.last_day + later}
    new = Workshop(**days, **{name: getattr(old, name) for name in COPIED_FIELDS})
    with transaction.atomic():
        make(new, lead)
        for member in old.staff.exclude(user=lead):
            role = Role.CO_INSTRUCTOR if member.role == Role.LEAD else member.role
            WorkshopStaff.objects.create(workshop=new, user=member.user, role=role)
        for item in old.agenda.all():
            kept = {name: getattr(item, name) for name in COPIED_OF_ITEM}
            hours = {name: agenda_items.moved_time(getattr(item, name), old, new) for name in ("from_at", "to_at")}
            agenda_items.build_ahead(AgendaItem.objects.create(workshop=new, **kept, **hours))
    return new


def next_start(workshop: Workshop, length: timedelta) -> datetime:
    """Return the start of the next agenda item: where the last one ends, or the next morning if that is the end of a day.

    A morning begins as the first one of the workshop does. On the last day an item follows the last one.
    """
    items = list(workshop.agenda.all())
    if not items:
        return datetime.combine(workshop.first_day, FIRST_HOUR, workshop.zone)
    last = max(item.to_at for item in items).astimezone(workshop.zone)
    morning = items[0].from_at.astimezone(workshop.zone).time()
    is_evening = last.time() >= EVENING or (last + length).date() != last.date()
    if not is_evening or last.date() >= workshop.last_day:
        return last
    return datetime.combine(last.date() + timedelta(days=1), morning, workshop.zone)


def people_to_ask(planner: User) -> list[User]:
    """People to propose for a team: those who teach here, and those with whom the planner has led a workshop."""
    teach = Q(groups__name__in=(INSTRUCTORS, MENTORS)) | Q(is_staff=True)
    together = Q(workshops_run__workshop__in=Workshop.objects.planned_by(planner))
    found = User.objects.filter(teach | together, is_active=True).exclude(pk=planner.pk)
    return list(found.distinct().order_by("first_name", "username")[:MOST_PEOPLE])
