"""The work of a trainee that the team of a workshop may see: what they did in its days, since they joined, at labs of its agenda.

All else is private, also what they did at a lab before it was put on the agenda.

The other permissions of a workshop are in ``vaka.workshops.permissions``.
"""

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from labs.models import Attempt, LabSession
from vaka.workshops.models import LabOnAgenda, Workshop

JOINED_AT = F("learner__workshop_seats__joined_at")


def _on_agenda(workshop: Workshop, when: str) -> Exists:
    """A condition: the lab of the row was on the agenda at the time that the row has in the field WHEN."""
    begun = LabOnAgenda.objects.filter(workshop=workshop, lab=OuterRef("lab"), from_at__lte=OuterRef(when))
    return Exists(begun.filter(Q(until_at=None) | Q(until_at__gt=OuterRef(when))))


def lab_sessions(workshop: Workshop) -> QuerySet[LabSession]:
    """Sessions of its labs that people with a seat started during the workshop, after they had joined it.

    Their other sessions are private, also of a lab that was put on the agenda later. A lab that waited in a pool counts from
    its claim, which sets ``created_at``. A copy that one of them opened as a mentor holds another person's work, so it does
    not count. Neither does a class lab that one of them leads, which is for other people. The class labs of this workshop are
    in ``class_labs``.
    """
    held = LabSession.objects.of_one_person().filter(
        created_at__gte=workshop.begins, created_at__lt=workshop.over_since, copy_of=None, lab__in=workshop.labs
    )
    # One filter(): both conditions are about the same seat
    theirs = held.filter(learner__workshop_seats__workshop=workshop, created_at__gte=JOINED_AT)
    return theirs.filter(_on_agenda(workshop, "created_at"))


def attempts(workshop: Workshop, labs: Collection[str]) -> QuerySet[Attempt]:
    """Attempts at these LABS (their ids) that people with a seat made during the workshop, after they had joined it.

    Their earlier attempts are private, also of the same day, and those of times in which the lab was not on the agenda.
    """
    made = Attempt.objects.filter(
        finished_at__gte=workshop.begins,
        finished_at__lt=workshop.ends,
        lab__in=labs,
        kind=Attempt.Kind.ATTEMPT,
    )
    # One filter(): both conditions are about the same seat
    theirs = made.filter(learner__workshop_seats__workshop=workshop, finished_at__gte=JOINED_AT)
    return theirs.filter(_on_agenda(workshop, "finished_at"))


def class_labs(workshop: Workshop) -> QuerySet[LabSession]:
    """Class labs that its team started during the workshop: people with a seat take a seat there.

    Those of somebody who was added to the team and has not accepted are private.
    """
    held = LabSession.objects.filter(created_at__gte=workshop.begins, created_at__lt=workshop.over_since, is_class=True)
    return held.filter(learner__in=workshop.accepted_team.values("user"))
