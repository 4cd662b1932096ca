"""The page of all sessions, and what staff may do to one. Each thing that is done is kept in the administration's log."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labs import permissions
from labs.capacity.queue import OthersWait
from labs.lifecycle import services
from labs.models import LabSession, WrongState
from labs.pages.sessions import Roll
from vaka.accounts.requests import SignedInRequest

MINUTES = (30, 60, 120)  # that staff can give at once


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only instructors and staff get in; for others nothing is looked up. What they reach there, ``labs.permissions`` says."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_instructor):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return checked


def write_down(request: SignedInRequest, session: LabSession, what: str, without: str = "") -> None:
    """Keep who did what, in the administration and in the log. ``without``: the same without names, for the log keeps them."""
    one = LabSession.objects.filter(pk=session.pk)
    LogEntry.objects.log_actions(request.user.pk, one, CHANGE, what, single_object=True)
    session.log(f"User {request.user.pk}: {without or what}")


@for_staff
@require_safe
def sessions(request: SignedInRequest) -> HttpResponse:
    """The live and recent sessions within reach; a script on the page asks for the part that changes."""
    template = "labs/sessions.html#rows" if request.headers.get("X-Vaka") == "part" else "labs/sessions.html"
    return render(
        request, template, {"roll": Roll.asked(request.GET, permissions.of(request.user)), "minutes": MINUTES}
    )


def back(request: SignedInRequest) -> HttpResponse:
    """To the page as it was narrowed down."""
    kept = {name: request.POST[name] for name in ("lab", "q") if request.POST.get(name)}
    return redirect(f"{reverse('labs:sessions')}?{urlencode(kept)}" if kept else "labs:sessions")


@for_staff
@require_POST
def stop(request: SignedInRequest, session: UUID) -> HttpResponse:
    found = get_object_or_404(permissions.of(request.user), pk=session)
    write_down(request, found, gettext_noop("Stopped the lab."))
    services.stop_session(found)
    messages.success(request, _("The lab is being stopped."))
    return back(request)


@for_staff
@require_POST
def give(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put the end off, also beyond what the learner may do himself. Pressed twice, it is done once."""
    found = get_object_or_404(permissions.of(request.user), pk=session)
    minutes = request.POST.get("minutes", "")
    if minutes not in map(str, MINUTES):
        raise PermissionDenied
    seen = request.POST.get("ends", "")
    try:
        if found.ends_at is None or found.ends_at.isoformat() != seen:
            raise WrongState("The end has moved meanwhile.")
        found.give(int(minutes))
    except WrongState:
        messages.warning(request, _("The time was not changed: the lab has ended, or its end was moved meanwhile."))
        return back(request)
    write_down(request, found, f"Gave {minutes} minutes more.")
    messages.success(request, _("It has %(minutes)s minutes more.") % {"minutes": minutes})
    return back(request)


@for_staff
@require_POST
def first(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put a session before the others that wait; an instructor, before those within reach."""
    found = get_object_or_404(permissions.of(request.user), pk=session)
    if put_first(request, found):
        messages.success(request, _("It is first in line now."))
    return back(request)


def put_first(request: SignedInRequest, session: LabSession) -> bool:
    """Do it, and say why not."""
    try:
        done = services.put_first(session, None if request.user.is_staff else permissions.of(request.user))
    except OthersWait:
        messages.warning(
            request, _("Others wait before it whom you do not teach. Only the site's staff can pass them.")
        )
        return False
    if done:
        write_down(request, session, gettext_noop("Put first in line."))
    else:
        messages.warning(request, _("It does not wait any more."))
    return done
