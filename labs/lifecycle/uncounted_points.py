"""Points that no attempt has counted: a learner sees green checks, and has not selected “Check my work” since."""

from collections.abc import Mapping

from django.db.models import Max

from labs.engine.definition.seats import checks_of
from labs.lifecycle import attempts, seat_attempts, work_begun
from labs.models import Attempt, LabSession
from labs.registry import versions
from vaka.accounts.models import User


def are_in(session: LabSession) -> bool:
    """Whether an attempt would give its learner, or in a class lab somebody who sits there, more points than one has.

    Only attempts in this lab, and in the one that it resumes, count: an earlier one may not count in the learner's workshop.
    """
    if session.learner is None or not session.keeps_work or session.exam or session.ticket:
        return False
    passing = dict(session.check_statuses.filter(outcome="passed").values_list("check_id", "points"))
    if not session.is_of_one_person:
        return _are_at_seats(session, passing)
    return work_begun.is_worked_in(session) and _are_more(sum(passing.values()), session.learner, session)


def _are_at_seats(session: LabSession, passing: Mapping[str, int]) -> bool:
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return False
    seated = attempts.nodes_of_seats(session)
    for seat in seat_attempts.graded_together(session):
        points = sum(passing.get(check.id, 0) for check in checks_of(lab, seat.nodes, seated))
        if work_begun.is_worked_in(session, seat) and _are_more(points, seat.user, session):
            return True
    return False


def _are_more(points: int, learner: User, session: LabSession) -> bool:
    here = {session.pk, session.resumes.session_id} if session.resumes else {session.pk}
    counted = Attempt.objects.filter(session__in=here, learner=learner, kind=Attempt.Kind.ATTEMPT)
    return points > (counted.aggregate(best=Max("score"))["best"] or 0)
