"""Fetches the lab session that an address names, and its page. Answers 404 for a session that the user may not open."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from labs.lifecycle import worker_health
from labs.models import ClassSeat, LabSession
from labs.pages.lab_page import LabPage
from labs.registry import versions
from vaka.accounts.requests import SignedInRequest


def own_session(request: SignedInRequest, session: UUID) -> LabSession:
    """Return the session if it is the user's own. Raises Http404."""
    return worker_health.end_if_stalled(get_object_or_404(LabSession.objects.of(request.user), pk=session))


def shared_session(request: SignedInRequest, session: UUID) -> LabSession:
    """Return the session if it is the user's own, or a class lab in which they have a seat. Raises Http404."""
    return worker_health.end_if_stalled(get_object_or_404(LabSession.objects.open_to(request.user), pk=session))


def page_of(request: SignedInRequest, session: LabSession) -> LabPage:
    """Return the user's page of the session. Raises Http404 if the lab, or the user's seat, is gone."""
    try:
        return LabPage.of(session, request.user)
    except (versions.NoSuchLab, ClassSeat.DoesNotExist) as error:
        raise Http404(session.lab) from error
