"""An instructor moves a request to the front of the queue, from the capacity page or from the list of sessions."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from labs import permissions
from labs.lifecycle import services
from labs.models import LabSession, WrongState
from labs.views.instructors import record
from vaka.accounts.requests import SignedInRequest


def put_first_in_queue(request: SignedInRequest, session: LabSession) -> bool:
    """Move the session to the front of the queue: an instructor, only past sessions within reach. Tell the visitor if not done."""
    try:
        services.put_first(session, request.user, permissions.of(request.user))
    except services.OthersWait:
        messages.warning(
            request,
            _("The order was not changed: learners whom you do not teach are waiting. Ask an administrator."),
        )
        return False
    except WrongState:
        messages.warning(request, _("The order was not changed: this lab no longer waits in the queue."))
        return False
    record(request, session, gettext_noop("Moved to the front of the queue."))
    return True
