"""An instructor puts a request first in the queue, from the capacity page or from the list of sessions."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from labs import permissions
from labs.lifecycle import services
from labs.models import LabSession, WrongState
from labs.views.administration_log import record
from labs.views.back_to_sessions import back_to_sessions
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on


@for_instructors
@require_POST
@form_on("labs:sessions")
def put_first(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put a session first in the queue, and return to the page that has the button."""
    _put_first(request, get_object_or_404(permissions.of(request.user), pk=session))
    return redirect("labs:capacity") if request.POST.get("page") == "capacity" else back_to_sessions(request)


def _put_first(request: SignedInRequest, session: LabSession) -> None:
    """Move the session past the others within the instructor's reach, and tell the instructor what was done."""
    try:
        services.put_first(session, request.user, permissions.of(request.user))
    except services.OthersWait:
        messages.warning(
            request,
            _("The order was not changed: learners whom you do not teach are waiting. Ask an administrator."),
        )
    except WrongState:
        messages.warning(request, _("The order was not changed: this lab no longer waits in the queue."))
    else:
        record(request, session, gettext_noop("Put first in the queue."))
        messages.success(request, _("The lab is now first in the queue."))
