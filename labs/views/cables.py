"""The button with which a learner unplugs a cable, plugs it in or changes its quality.

``labs.views.session_or_404`` decides who may open the session, and ``labs.lifecycle.cables`` which cables are the learner's.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from labs.forms import CableForm
from labs.lifecycle import cables
from labs.models import ClassSeat
from labs.registry import versions
from labs.views.button_responses import answer, refusal
from labs.views.session_or_404 import shared_session
from vaka.accounts.requests import SignedInRequest


@login_required
@require_POST
def cable(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Set the state and the quality of a cable."""
    found = shared_session(request, session)
    form = CableForm(request.POST)
    if not form.is_valid():
        return refusal(request, found, "cable_error", form.complaint())
    try:
        cables.change(found, request.user, form.cleaned_data)
    except cables.NotDone as error:
        return refusal(request, found, "cable_error", str(error))
    except (ClassSeat.DoesNotExist, versions.NoSuchLab) as error:
        raise Http404(found.lab) from error
    return answer(request, found)
