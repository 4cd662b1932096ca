"""Pages for those who teach: will my class fit, and who waits for a lab."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labs import fits, line, services
from labs.costs import Host
from labs.models import LabSession
from vaka.web.http import SignedInRequest

SEATS = 20


@login_required
@require_safe
@never_cache
def room(request: SignedInRequest) -> HttpResponse:
    """How many seats this computer has of each lab, and the line before the labs."""
    if not request.user.is_instructor:
        raise PermissionDenied
    asked = request.GET.get("seats", "")
    seats = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else SEATS
    seats = min(max(1, seats), fits.MOST_SEATS)
    waiting = [(session, wait) for session, wait in line.waits() if session.learner_id is not None]
    shown = {"seats": seats, "most": fits.MOST_SEATS, "patience": fits.PATIENCE, "host": Host.known()}
    return render(request, "labs/room.html", {**shown, "fits": fits.fits(fits.named([]), seats), "waiting": waiting})


@login_required
@require_POST
def put_first(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put somebody before all others who wait."""
    if not request.user.is_instructor:  # before the look-up: to others no session is here
        raise PermissionDenied
    found = get_object_or_404(LabSession.objects.exclude(learner=None), pk=session)
    if services.put_first(found):
        found.log(f"User {request.user.pk} puts it first in line.")
    else:
        messages.warning(request, _("This lab does not wait any more."))
    return redirect("labs:room")
