"""Trouble tickets, as a learner opens them: a solved lab with a fault in it, and hints that cost points."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labs.lifecycle import services
from labs.models import Attempt
from labs.models.trouble_ticket import may_open
from labs.registry import versions
from labs.views.lab_page import _answer, _has_another, _not_admitted, _own
from vaka.accounts.requests import SignedInRequest


@login_required
@require_POST
def trouble(request: SignedInRequest, lab: str) -> HttpResponse:
    """Open a lab as a ticket: for who has passed it, and staff; to others there is no such thing."""
    found = versions.newest_or_404(lab)
    if not may_open(request.user, Attempt.objects.best(request.user, found.id)):
        raise Http404(lab)
    try:
        session = services.request_ticket(request.user, found.id)
    except services.HasAnother as error:
        return _has_another(request, found, error.session)
    except services.NotAdmitted as reason:
        return _not_admitted(request, found, str(reason))
    return _answer(request, session)


@login_required
@require_POST
def hint(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Open the ticket's next hint."""
    found = _own(request, session)
    if found.ticket is None or not found.ticket.open_hint():
        messages.info(request, _("There is no hint to open."))
    found.refresh_from_db()
    return _answer(request, found)
