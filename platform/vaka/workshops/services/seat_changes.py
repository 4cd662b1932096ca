"""What planners do to a seat that is taken: another name, a partner, or it is free again. Each thing is kept."""

from django.apps import apps
from django.db import transaction

from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import observing
from vaka.workshops.services.seat_actions import write_down

LEARNING = ("courses", "credentials", "labs", "mentoring")  # apps that keep what somebody did


def rename(seat: Seat, by: User, name: str, partner: str) -> bool:
    """Write the names of a seat anew; False if they were so. A guest is called so from now on, wherever he is named."""
    if (name, partner) == (seat.name, seat.partner):
        return False
    seat.name, seat.partner = name, partner
    with transaction.atomic():
        seat.save(update_fields=["name", "partner"])
        if seat.is_guest and seat.user:
            seat.user.first_name = name
            seat.user.save(update_fields=["first_name"])
        write_down(seat.workshop, seat, by, SeatLogEntry.Kind.NAME, seat.names)
    return True


def account_stays(seat: Seat) -> bool:
    """Whether whose seat this is keeps his account when it is freed: it is his own, or he has done something with it."""
    user = seat.user
    if user is None or not seat.is_guest:
        return user is not None
    return has_worked(user) or Seat.objects.of(user).exclude(pk=seat.pk).exists()


def has_worked(user: User) -> bool:
    """Whether a lesson, an answer, a lab, a certificate or a mentor would go with the account."""
    kept = (relation for relation in User._meta.related_objects if _is_learning(relation.related_model))
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: user}).exists() for relation in kept
    )


def _is_learning(model: type) -> bool:
    return any(model in apps.get_app_config(app).get_models() for app in LEARNING)


def free(seat: Seat, by: User) -> bool:
    """Give the seat to whoever comes next; whether the account of who sat there stays, with all that he did.

    What was said and done to the seat goes with it. A guest who has done nothing goes too.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=seat.workshop_id)
        stays, user = account_stays(seat), seat.user
        observing.end_at(seat)
        seat.delete()
        if user and not stays:
            user.delete()
        write_down(seat.workshop, None, by, SeatLogEntry.Kind.FREE, str(seat.number))
        transaction.on_commit(lambda: events.tell(seat.workshop, "team"))  # who listened for the seat hears no more
    return stays
