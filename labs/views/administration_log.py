"""The record of what an instructor did to a learner's lab: in the administration's log, and in the session's."""

from collections.abc import Collection

from django.contrib.admin.models import CHANGE, LogEntry

from labs.models import LabSession
from vaka.accounts.requests import SignedInRequest


def record(request: SignedInRequest, session: LabSession, action: str, anonymous: str = "") -> None:
    """Record an action in the administration's log and in the session's.

    ``anonymous`` is the same text without names, for the session's log: it is kept after an account is deleted.
    """
    one = LabSession.objects.filter(pk=session.pk)
    LogEntry.objects.log_actions(request.user.pk, one, CHANGE, action, single_object=True)
    session.log(f"User {request.user.pk}: {anonymous or action}")


def record_all(request: SignedInRequest, sessions: Collection[LabSession], action: str) -> None:
    """Record one action on many sessions, in the administration's log and in that of each session."""
    found = LabSession.objects.filter(pk__in=[session.pk for session in sessions])
    LogEntry.objects.log_actions(request.user.pk, found, CHANGE, action)
    for session in sessions:
        session.log(f"User {request.user.pk}: {action}")
