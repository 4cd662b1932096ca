"""Changing a seat: another name, a partner, or freeing it. Each change is in the seat log."""

from django.apps import apps
from django.db import transaction

from labs.lifecycle import class_labs
from vaka.accounts.models import User
from vaka.workshops import events, visible_to_team
from vaka.workshops.models import Seat, SeatLogEntry, Workshop
from vaka.workshops.services import forbidden_copies, observing, seat_log

LEARNING_APPS = ("courses", "credentials", "labs", "mentoring")  # their tables hold the work of a learner


class HasBegunExam(Exception):
    """The seat has begun an exam. Without the seat its result would be lost, and its trainee could sit the exam again."""


def rename(seat: Seat, by: User, name: str, partner: str) -> bool:
    """Change the names of a seat; False if they are the same. The account of a guest gets the new name too."""
    if (name, partner) == (seat.name, seat.partner):
        return False
    seat.name, seat.partner = name, partner
    with transaction.atomic():
        seat.save(update_fields=["name", "partner"])
        if seat.is_guest and seat.user:
            seat.user.first_name = name
            seat.user.save(update_fields=["first_name"])
        seat_log.record(seat.workshop, seat, by, SeatLogEntry.Kind.RENAME, seat.names)
    return True


def account_stays(seat: Seat) -> bool:
    """Whether the user keeps their account when the seat is freed: they made it their own, or have worked with it."""
    user = seat.user
    if user is None or not seat.is_guest:
        return user is not None
    return has_worked(user) or Seat.objects.of(user).exclude(pk=seat.pk).exists()


def has_worked(user: User) -> bool:
    """Whether deleting the account would delete a lesson, an answer, a lab, a certificate or a mentorship."""
    kept = (relation for relation in User._meta.related_objects if _is_learning(relation.related_model))
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: user}).exists() for relation in kept
    )


def _is_learning(model: type) -> bool:
    return any(model in apps.get_app_config(app).get_models() for app in LEARNING_APPS)


def free(seat: Seat, by: User) -> bool:
    """Free a seat. Return whether the account of its user stays, with all their work. Raises HasBegunExam.

    The log of the seat is deleted with it. A guest who has not worked is deleted too. In class labs of the workshop their
    class-lab seat is free again, also in one that is stopped: it would come back when that lab is resumed.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update(no_key=True).get(pk=seat.workshop_id)
        _refuse_begun_exam(seat)
        stays, user = account_stays(seat), seat.user
        observing.end_at_seat(seat)
        if user:
            for session in visible_to_team.class_labs(seat.workshop).filter(seats__user=user):
                class_labs.remove(session, user)
        seat.delete()
        if user and not stays:
            user.delete()
        seat_log.record(seat.workshop, None, by, SeatLogEntry.Kind.FREE, str(seat.number))
        # Open event streams check their rights again
        transaction.on_commit(lambda: events.publish(seat.workshop, "team"))
        forbidden_copies.stop(seat.workshop)
    return stays


def _refuse_begun_exam(seat: Seat) -> None:
    """Raise HasBegunExam if there is a sitting to lose. Nobody can begin an exam here until the transaction ends."""
    list(Seat.objects.select_for_update(no_key=True).filter(pk=seat.pk))
    if any(sitting.began_at for sitting in seat.sittings.order_by().select_for_update(no_key=True)):
        raise HasBegunExam(f"{seat} has begun an exam.")
