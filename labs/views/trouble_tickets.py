"""Trouble tickets: a learner opens a solved lab with a fault in it, and asks for hints, which cost points."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labs.lifecycle import ladder, services
from labs.lifecycle.trouble_tickets import may_open
from labs.models import Attempt, LabSession, WrongState
from labs.models.trouble_ticket import Rung
from labs.registry import versions
from labs.views.button_responses import answer
from labs.views.session_or_404 import own_session
from labs.views.start_refused import another_lab_runs, not_admitted
from vaka.accounts.requests import SignedInRequest


@login_required
@require_POST
def open_ticket(request: SignedInRequest, lab: str) -> HttpResponse:
    """Open a lab as a trouble ticket of ``rung``, without it of the next one. Answers 404 to learners who have not passed the lab.

    With ``stop``, the learner's running session of this lab, that one is saved and stopped first.
    """
    found = versions.newest_or_404(lab)
    if not may_open(request.user, Attempt.objects.best(request.user, found.id)):
        raise Http404(lab)
    given = request.POST.get("rung", "")
    rung = Rung(int(given)) if given in map(str, Rung.values) else ladder.of(request.user, found).next.rung
    try:
        if running := _to_stop(request, found.id):
            services.stop_for_ticket(running, rung)
            return redirect("labs:lab", lab=found.id)
        session = services.request_session(request.user, found.id, as_ticket=True, rung=rung)
    except WrongState:
        messages.warning(request, _("The lab was not stopped, because it cannot be opened as a trouble ticket now."))
        return redirect("labs:lab", lab=found.id)
    except services.HasAnother as error:
        return another_lab_runs(request, found, error.session)
    except services.MayNotStart as reason:
        return not_admitted(request, found, str(reason))
    return answer(request, session)


def _to_stop(request: SignedInRequest, lab: str) -> LabSession | None:
    """Return the running session that the form names. It is None if it has ended meanwhile: then nothing is to be stopped."""
    if "stop" not in request.POST:
        return None
    live = LabSession.objects.of(request.user).live().filter(lab=lab).first()
    return live if live and str(live.pk) == request.POST["stop"] else None


@login_required
@require_POST
def hint(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Show the next hint of the trouble ticket."""
    found = own_session(request, session)
    if found.ticket is None or not found.ticket.open_hint():
        messages.info(request, _("There is no further hint."))
    found.refresh_from_db()
    return answer(request, found)
