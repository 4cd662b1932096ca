"""The bounds of the checks that people request in 24 hours. The view of the button asks here before it requests a check.

Checks that the site itself requests have no bound. Verdicts are kept for ever, and take up to 12 KB for each check of a lab.
"""

from datetime import timedelta

from django.utils import timezone

from labs.lifecycle import time_since_change
from labs.models import Attempt, ClassSeat, Job, LabSession

CHECKS_A_DAY = 300  # of a person's own labs, each graded or not
UNGRADED_CHECKS_OF_A_CLASS = 1200  # in a class lab: 40 seats with 30 each


def has_checks_left(session: LabSession, kind: Job.Kind = Job.Kind.ATTEMPT, seat: ClassSeat | None = None) -> bool:
    """Whether work may be checked now.

    A person may have their own labs checked CHECKS_A_DAY times in 24 hours, and has as many attempts of their own at class-lab
    seats. An ungraded check of a class lab is about all seats, so they have UNGRADED_CHECKS_OF_A_CLASS together. An attempt that
    the instructor of a class lab requests has no bound.
    """
    since = timezone.now() - timedelta(hours=24)
    if not session.is_class:
        own = LabSession.objects.filter(learner=session.learner_id, is_class=False)
        checks = Job.objects.filter(session__in=own, kind__in=time_since_change.CHECKING, asked_at__gte=since)
        return checks.count() < CHECKS_A_DAY
    if kind == Job.Kind.UNGRADED_CHECK:
        return session.jobs.filter(kind=kind, asked_at__gte=since).count() < UNGRADED_CHECKS_OF_A_CLASS
    if seat is None:
        return True
    attempts = Attempt.objects.filter(learner=seat.user_id, kind=Attempt.Kind.ATTEMPT, session__is_class=True)
    return attempts.filter(asked_at__gte=since).count() < CHECKS_A_DAY
