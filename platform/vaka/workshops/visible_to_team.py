"""The work of a trainee that the team of a workshop may see: what they did in its days, since they joined, at labs of its agenda.

All else is private, also what they did at a lab before it was put on the agenda.

The other permissions of a workshop are in ``vaka.workshops.permissions``.
"""

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from labs.models import Attempt, ClassSeat, LabSession
from labs.models.lab_session import LabSessionQuerySet
from vaka.workshops.models import LabOnAgenda, Workshop

JOINED_AT = F("learner__workshop_seats__joined_at")


def _on_agenda(workshop: Workshop, when: str) -> Exists:
    """A condition: the lab of the row was on the agenda at the time that the row has in the field WHEN."""
    begun = LabOnAgenda.objects.filter(workshop=workshop, lab=OuterRef("lab"), from_at__lte=OuterRef(when))
    return Exists(begun.filter(Q(until_at=None) | Q(until_at__gt=OuterRef(when))))


def lab_sessions(workshop: Workshop, labs: Collection[str] | None = None) -> QuerySet[LabSession]:
    """Sessions of its labs that people with a seat started during the workshop, after they had joined it.

    Their other sessions are private, also of a lab that was put on the agenda later. A lab that waited in a pool counts from
    its claim, which sets ``created_at``. A copy that one of them opened as a mentor holds another person's work, so it does
    not count. Neither does a class lab that one of them leads, which is for other people. The class labs of this workshop are
    in ``class_labs``, and ``all_labs`` has both. LABS: those on its agenda, if the caller knows them.
    """
    held = LabSession.objects.of_one_person().filter(
        created_at__gte=workshop.begins, created_at__lt=workshop.over_since, copy_of=None
    )
    held = held.filter(lab__in=workshop.labs if labs is None else labs)
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


def class_labs(workshop: Workshop, labs: Collection[str] | None = None) -> QuerySet[LabSession]:
    """Class labs of its agenda that its team started during the workshop: people with a seat take a seat there.

    Those of somebody who was added to the team and has not accepted are private. A person can run two workshops of the same days
    with the same lab. A class lab where only people of the other one sit is not one of this workshop.
    """
    held = LabSession.objects.filter(created_at__gte=workshop.begins, created_at__lt=workshop.over_since, is_class=True)
    held = held.filter(lab__in=workshop.labs if labs is None else labs)
    same_days = Workshop.objects.filter(first_day__lte=workshop.last_day, last_day__gte=workshop.first_day)
    seated = ClassSeat.objects.filter(session=OuterRef("pk"))
    here = Exists(seated.filter(user__workshop_seats__workshop=workshop))
    elsewhere = Exists(seated.filter(user__workshop_seats__workshop__in=same_days))
    return held.filter(here | ~elsewhere, learner__in=workshop.accepted_team.values("user"))


def all_labs(workshop: Workshop) -> LabSessionQuerySet:
    """The sessions of one person and the class labs, in any state: what is done to all labs of the room reaches these."""
    labs = workshop.labs
    own, of_class = lab_sessions(workshop, labs), class_labs(workshop, labs)
    return LabSession.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=of_class.values("pk")))
