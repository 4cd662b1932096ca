"""The work of a trainee that the team of a workshop may see: what they did in its days, since they joined. All else is private.

The other permissions of a workshop are in ``vaka.workshops.permissions``.
"""

from collections.abc import Collection

from django.db.models import F, QuerySet

from labs.models import Attempt, LabSession
from vaka.workshops.models import Workshop

JOINED_AT = F("learner__workshop_seats__joined_at")


def lab_sessions(workshop: Workshop) -> QuerySet[LabSession]:
    """Sessions of its labs that people with a seat started during the workshop, after they had joined it.

    Their other sessions are private. A lab that waited in a pool counts from its claim, which sets ``created_at``.
    A copy that one of them opened as a mentor holds another person's work, so it does not count.
    """
    held = LabSession.objects.filter(
        created_at__gte=workshop.begins, created_at__lt=workshop.over_since, copy_of=None, lab__in=workshop.labs
    )
    # One filter(): both conditions are about the same seat
    return held.filter(learner__workshop_seats__workshop=workshop, created_at__gte=JOINED_AT)


def attempts(workshop: Workshop, labs: Collection[str]) -> QuerySet[Attempt]:
    """Attempts at these LABS (their ids) that people with a seat made during the workshop, after they had joined it.

    Their earlier attempts are private, also of the same day.
    """
    made = Attempt.objects.filter(
        finished_at__gte=workshop.begins,
        finished_at__lt=workshop.ends,
        lab__in=labs,
        kind=Attempt.Kind.ATTEMPT,
    )
    # One filter(): both conditions are about the same seat
    return made.filter(learner__workshop_seats__workshop=workshop, finished_at__gte=JOINED_AT)


def class_labs(workshop: Workshop) -> QuerySet[LabSession]:
    """Class labs that its team started during the workshop: people with a seat take a seat there."""
    held = LabSession.objects.filter(created_at__gte=workshop.begins, created_at__lt=workshop.over_since, is_class=True)
    return held.filter(learner__in=workshop.staff.values("user"))
