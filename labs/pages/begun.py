"""Whether a learner has begun to work: before that nothing in a lab has failed, whatever the checks say.

The lab page and the room of a workshop both decide by this.
"""

from collections.abc import Iterable
from datetime import datetime

from labs.models import CheckStatus, LabSession


def is_worked_in(session: LabSession | None) -> bool:
    """Whether somebody has typed in the lab, has changed a cable, or has brought work into it.

    A request for a check is no work: ``active_at`` is written then too, ``active_node`` only by typing.
    """
    return session is not None and bool(session.active_node or session.cables or session.resumes_id or session.assisted)


def has_worked_since(session: LabSession | None, before: Iterable[CheckStatus | None]) -> bool:
    """Whether that was after these checks, those of the stages before, passed for the first time."""
    if session is None or not is_worked_in(session):
        return False
    passed = [status.first_passed_at for status in before if status and status.first_passed_at]
    latest: datetime | None = max(passed, default=None)
    return latest is None or (session.active_at is not None and session.active_at > latest)
