"""The sessions that a person may manage, above all one who teaches. Views fetch sessions here, so they can reach no others."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from labs.models import LIVE, LabSession
from vaka.accounts.models import User


def of(user: User) -> QuerySet[LabSession]:
    """Return all sessions for administrators; for an instructor their own, with class labs, and those of their workshops.

    For all others their own. The workshops import labs, so a setting names their function.
    """
    if user.is_staff:
        return LabSession.objects.all()
    return LabSession.objects.filter(Q(learner=user) | Q(pk__in=_taught_by(user).values("pk")))


def _taught_by(user: User) -> QuerySet[LabSession]:
    if not (settings.LAB_TEACHING and user.is_instructor):
        return LabSession.objects.none()
    taught: QuerySet[LabSession] = import_string(settings.LAB_TEACHING)(user)
    return taught


def to_copy(user: User) -> QuerySet[LabSession]:
    """Return the sessions of other people of which the user may have a copy: those that they reach, and those of their trainees.

    The latter as a setting says: mentoring imports labs.
    """
    if not user.is_active:
        return LabSession.objects.none()
    found = Q(pk__in=of(user).values("pk"))
    if settings.LAB_MENTORING and user.is_mentor:
        mentored: QuerySet[LabSession] = import_string(settings.LAB_MENTORING)(user)
        found |= Q(pk__in=mentored.values("pk"))
    return LabSession.objects.filter(found).exclude(learner=user)


def class_labs_open_to(user: User) -> QuerySet[LabSession]:
    """Return the live class labs in which the user may take a seat by themselves: those of their workshops, as a setting says."""
    if not settings.LAB_CLASSES:
        return LabSession.objects.none()
    found: QuerySet[LabSession] = import_string(settings.LAB_CLASSES)(user)
    return found.filter(is_class=True, state__in=LIVE)


def may_get_a_seat_from(user: User) -> QuerySet[User]:
    """Return the people to whom the user may give a class-lab seat: their trainees, as a setting says; for administrators all."""
    active = User.objects.filter(is_active=True)
    if user.is_staff:
        return active
    if not (settings.LAB_TRAINEES and user.is_instructor):
        return active.none()
    return active.filter(pk__in=import_string(settings.LAB_TRAINEES)(user))


def class_labs_of(user: User) -> QuerySet[LabSession]:
    """Return the sessions whose seats the user may give and remove: their own, the class labs of the workshops that they lead,
    whoever of the team made them, and for administrators all.
    """
    if user.is_staff:
        return LabSession.objects.all()
    taught = _taught_by(user).filter(is_class=True)
    return LabSession.objects.filter(Q(learner=user) | Q(pk__in=taught.values("pk")))
