"""Trouble tickets: a learner opens a solved lab with a fault in it, and asks for hints, which cost points."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labs.lifecycle import services
from labs.lifecycle.trouble_tickets import may_open
from labs.models import Attempt
from labs.registry import versions
from labs.views.button_responses import answer
from labs.views.session_or_404 import own_session
from labs.views.start_refused import another_lab_runs, not_admitted
from vaka.accounts.requests import SignedInRequest


@login_required
@require_POST
def open_ticket(request: SignedInRequest, lab: str) -> HttpResponse:
    """Open a lab as a trouble ticket. Answers 404 to learners who have not passed the lab."""
    found = versions.newest_or_404(lab)
    if not may_open(request.user, Attempt.objects.best(request.user, found.id)):
        raise Http404(lab)
    try:
        session = services.request_session(request.user, found.id, as_ticket=True)
    except services.HasAnother as error:
        return another_lab_runs(request, found, error.session)
    except services.MayNotStart as reason:
        return not_admitted(request, found, str(reason))
    return answer(request, session)


@login_required
@require_POST
def hint(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Show the next hint of the trouble ticket."""
    found = own_session(request, session)
    if found.ticket is None or not found.ticket.open_hint():
        messages.info(request, _("There is no further hint."))
    found.refresh_from_db()
    return answer(request, found)
