"""The hints that a learner has opened: written when the lab page tells it, kept when the lab is resumed, counted at its end."""

from labs.models import Attempt, LabSession, OpenedHint
from labs.registry import versions
from vaka.accounts.models import User


def are_kept(session: LabSession) -> bool:
    """Whether it has hints that count: an exam and a trouble ticket show none, and nothing in a copy counts."""
    return not session.exam and session.copy_of_id is None and session.ticket is None


def note(session: LabSession, learner: User, check_id: str, number: int) -> None:
    """Write that the learner has opened a hint. A second time changes nothing.

    Does nothing if the learner can see no such hint there. Nobody is told whether the check exists: it may be hidden.
    """
    if not are_kept(session) or not _exists(session, check_id, number):
        return
    row = OpenedHint(session=session, learner=learner, check_id=check_id, number=number)
    OpenedHint.objects.bulk_create([row], ignore_conflicts=True)


def _exists(session: LabSession, check_id: str, number: int) -> bool:
    try:
        check = next((one for one in versions.of(session).checks() if one.id == check_id), None)
    except versions.NoSuchLab:
        return False
    if check is None or not 1 <= number <= len(check.hint):
        return False
    if check.is_shown(passed=False):
        return True
    passed = session.check_statuses.filter(check_id=check_id, first_passed_at__isnull=False).exists()
    return check.is_shown(passed=passed)


def resume(session: LabSession, before: LabSession) -> None:
    """Give a session that resumes the work of the session before the hints that were opened for it."""
    rows = before.opened_hints.all()
    copies = [
        OpenedHint(
            session=session,
            learner_id=row.learner_id,
            check_id=row.check_id,
            number=row.number,
            opened_at=row.opened_at,
        )
        for row in rows
    ]
    OpenedHint.objects.bulk_create(copies, ignore_conflicts=True)


def count_until(attempt: Attempt) -> int:
    """Return how many hints its learner had opened when they requested the attempt, also in sessions that it resumed."""
    opened = OpenedHint.objects.filter(session=attempt.session_id, learner=attempt.learner_id)
    return opened.filter(opened_at__lte=attempt.asked_at).count()
