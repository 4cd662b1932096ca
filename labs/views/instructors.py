"""The common parts of the pages for instructors: permission, the way back, and the record of what was done to a learner's lab."""

from collections.abc import Callable, Collection
from functools import wraps
from urllib.parse import urlencode

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from labs.models import LabSession
from vaka.accounts.requests import SignedInRequest


def for_instructors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only instructors and administrators in, before anything is looked up. ``labs.permissions`` says what they reach."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_instructor):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return checked


def back_to_sessions(request: SignedInRequest) -> HttpResponse:
    """Redirect to the list of sessions, with the filters that it had."""
    filters = {name: request.POST[name] for name in ("lab", "q") if request.POST.get(name)}
    return redirect(f"{reverse('labs:sessions')}?{urlencode(filters)}" if filters else "labs:sessions")


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
