"""Points that no attempt has counted: a learner sees green checks, and has not selected “Check my work” since."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Max, Prefetch, Q, QuerySet

from labs.engine.definition.seats import checks_of
from labs.lifecycle import attempts, seat_attempts, work_begun
from labs.models import Attempt, CheckStatus, Exam, LabSession
from labs.registry import versions

# Of a session and a learner: the best score of an attempt
type Counted = Mapping[tuple[UUID, int], int]


def are_in(session: LabSession) -> bool:
    """Whether an attempt would give its learner, or in a class lab somebody who sits there, more points than one has.

    Only attempts in this lab, and in the one that it resumes, count: an earlier one may not count in the learner's workshop.
    """
    return labs_with(LabSession.objects.filter(pk=session.pk)) == 1


def labs_with(among: QuerySet[LabSession]) -> int:
    """Count the labs AMONG some in which there are such points. The number of queries does not depend on that of the labs."""
    passed = CheckStatus.objects.filter(outcome="passed")
    some = LabSession.objects.filter(pk__in=among.values("pk"), learner__isnull=False, copy_of=None, exam=Exam.NONE)
    some = some.filter(trouble_ticket=None)
    found = some.select_related("resumes").prefetch_related("seats", Prefetch("check_statuses", queryset=passed))
    counted = _counted(some)
    return sum(_are_uncounted(session, counted) for session in found)


def _counted(some: QuerySet[LabSession]) -> Counted:
    here = Q(session__in=some.values("pk")) | Q(session__in=some.values("resumes__session"))
    made = Attempt.objects.filter(here, kind=Attempt.Kind.ATTEMPT).order_by()
    rows = made.values_list("session", "learner").annotate(best=Max("score"))
    return {(session, learner): best for session, learner, best in rows}


def _are_uncounted(session: LabSession, counted: Counted) -> bool:
    passing = {status.check_id: status.points for status in session.check_statuses.all()}
    if not session.is_of_one_person:
        return _are_at_seats(session, passing, counted)
    return work_begun.is_worked_in(session) and sum(passing.values()) > _best(session, session.learner_id, counted)


def _are_at_seats(session: LabSession, passing: Mapping[str, int], counted: Counted) -> bool:
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return False
    seated = attempts.nodes_of_seats(session)
    for seat in session.seats.all():
        if not seat_attempts.is_graded(session, seat) or not work_begun.is_worked_in(session, seat):
            continue
        points = sum(passing.get(check.id, 0) for check in checks_of(lab, seat.nodes, seated))
        if points > _best(session, seat.user_id, counted):
            return True
    return False


def _best(session: LabSession, learner: int | None, counted: Counted) -> int:
    here = [session.pk, session.resumes.session_id] if session.resumes else [session.pk]
    return max(counted.get((one, learner), 0) for one in here if one and learner) if learner else 0
