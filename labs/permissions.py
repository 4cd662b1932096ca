"""Whose labs somebody who teaches may look after. Views fetch sessions here, so that to them no other lab exists."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from labs.models import LabSession
from vaka.accounts.models import User


def of(user: User) -> QuerySet[LabSession]:
    """All sessions for the site's staff. For an instructor: their own, class labs among them, and those of their workshops.

    Who runs workshops is above us; a setting names the function that knows.
    """
    if user.is_staff:
        return LabSession.objects.all()
    own = Q(learner=user)
    if settings.LAB_TEACHING and user.is_instructor:
        taught: QuerySet[LabSession] = import_string(settings.LAB_TEACHING)(user)
        own |= Q(pk__in=taught.values("pk"))
    return LabSession.objects.filter(own)


def class_labs_of(user: User) -> QuerySet[LabSession]:
    """Sessions whose seats the user may give and take: a class lab is its instructor's, and the staff's."""
    return LabSession.objects.all() if user.is_staff else LabSession.objects.filter(learner=user)
