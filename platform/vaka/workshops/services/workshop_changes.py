"""Making, changing and copying a workshop with its agenda, and whom one might ask to join its team."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.workshops.models import AgendaItem, Role, TeamMember, Workshop
from vaka.workshops.services import agenda_items, forbidden_copies, join_cards

YEAR = timedelta(weeks=52)  # keeps the weekdays
ROOM_FIELDS = ("wifi_name", "wifi_password")  # of one room: next year's has others
COPIED_FIELDS = ("title", "place", "time_zone", "language", "seat_count", "pass_percent", "signer", "signer_role")
MOST_PEOPLE = 300  # in the list of people to ask


def make(workshop: Workshop, lead: User) -> Workshop:
    """Save a new workshop with its lead."""
    with transaction.atomic():
        workshop.save()
        TeamMember.objects.create(workshop=workshop, user=lead, role=Role.LEAD, accepted_at=timezone.now())
    return workshop


def change(workshop: Workshop) -> int:
    """Save a changed workshop, and move its agenda items with its first day; return how many moved. Join cards stay valid.

    Raises ValidationError if it cannot have these days, also because somebody took a seat after the form was checked.
    """
    with transaction.atomic():
        before = Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
        workshop.clean()
        workshop.save(update_fields=[*COPIED_FIELDS, *ROOM_FIELDS, "first_day", "last_day", "held_since"])
        moved = agenda_items.move_all(before, workshop)
        agenda_items.build_all_ahead(workshop)
        join_cards.renew(workshop)
        forbidden_copies.stop(workshop)
    return moved


def copy(old: Workshop, lead: User) -> Workshop:
    """Copy a workshop by whole years into the future: same weekdays and hours, a new join code, empty seats."""
    later = YEAR
    while old.first_day + later <= timezone.now().date():
        later += YEAR
    days = {"first_day": old.first_day + later, "last_day": old.last_day + later}
    new = Workshop(**days, logo=old.logo, **{name: getattr(old, name) for name in COPIED_FIELDS})
    with transaction.atomic():
        make(new, lead)
        for member in old.accepted_team.exclude(user=lead):
            role = Role.CO_INSTRUCTOR if member.role == Role.LEAD else member.role
            TeamMember.objects.create(workshop=new, user=member.user, role=role)
        for item in old.agenda.all():
            kept = {name: getattr(item, name) for name in agenda_items.COPIED_FIELDS}
            hours = {name: agenda_items.moved_time(getattr(item, name), old, new) for name in ("from_at", "to_at")}
            agenda_items.build_ahead(AgendaItem.objects.create(workshop=new, **kept, **hours))
    return new


def people_to_ask(planner: User) -> list[User]:
    """People to propose for a team: those who teach here, and those with whom the planner has led a workshop."""
    teach = Q(groups__name__in=(INSTRUCTORS, MENTORS)) | Q(is_staff=True)
    led = Workshop.objects.planned_by(planner)
    together = Q(workshops_run__in=TeamMember.objects.accepted().filter(workshop__in=led))
    found = User.objects.filter(teach | together, is_active=True).exclude(pk=planner.pk)
    return list(found.distinct().order_by("first_name", "username")[:MOST_PEOPLE])
