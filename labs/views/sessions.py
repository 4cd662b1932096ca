"""The list of sessions for instructors, and its buttons. Each action is recorded in the administration's log."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from labs import permissions
from labs.lifecycle import services
from labs.models import STOPPED_BY_INSTRUCTOR, ExamIsOver, WrongState
from labs.pages.sessions import SessionList
from labs.views.administration_log import record
from labs.views.back_to_sessions import back_to_sessions
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on

MINUTES = (30, 60, 120)  # that an instructor can add at once


@for_instructors
@require_safe
def sessions(request: SignedInRequest) -> HttpResponse:
    """The live and recent sessions within reach. The page's script fetches the part that changes."""
    template = "labs/sessions.html#rows" if request.headers.get("X-Vaka") == "part" else "labs/sessions.html"
    listing = SessionList.from_query(request.GET, permissions.of(request.user))
    return render(request, template, {"listing": listing, "minutes": MINUTES})


@for_instructors
@require_POST
@form_on("labs:sessions")
def stop(request: SignedInRequest, session: UUID) -> HttpResponse:
    found = get_object_or_404(permissions.of(request.user), pk=session)
    record(request, found, gettext_noop("Stopped the lab."))
    services.stop_session(found, STOPPED_BY_INSTRUCTOR)
    messages.success(request, _("The lab is being stopped."))
    return back_to_sessions(request)


@for_instructors
@require_POST
@form_on("labs:sessions")
def extend(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Move the end of a lab, also beyond the learner's own limit. A second press of the same button changes nothing."""
    found = get_object_or_404(permissions.of(request.user), pk=session)
    minutes = request.POST.get("minutes", "")
    if minutes not in map(str, MINUTES):
        raise PermissionDenied
    shown_end = request.POST.get("ends", "")
    try:
        if found.ends_at is None or found.ends_at.isoformat() != shown_end:
            raise WrongState("The end has moved meanwhile.")
        services.give_time(found, int(minutes))
    except ExamIsOver:
        messages.warning(
            request, _("No time was added: this is an exam, and its time is over. Its work is being graded.")
        )
        return back_to_sessions(request)
    except WrongState:
        messages.warning(
            request,
            _(
                "No time was added: the lab has ended, or somebody has changed its end since you opened this page. "
                "The list shows its end now."
            ),
        )
        return back_to_sessions(request)
    record(request, found, f"Gave {minutes} minutes more.")
    messages.success(request, _("%(minutes)s minutes were added to the lab.") % {"minutes": minutes})
    return back_to_sessions(request)
