"""Pages for those who teach: will my class fit, who waits for a lab, and how old the lab image is."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from labs import fits, images, line, services
from labs.costs import Host
from labs.desk import for_staff, write_down
from labs.models import LabSession
from vaka.web.http import SignedInRequest

SEATS = 20


@for_staff
@require_safe
def room(request: SignedInRequest) -> HttpResponse:
    """How many seats this computer has of each lab, the line before the labs, and the age of the lab image."""
    asked = request.GET.get("seats", "")
    seats = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else SEATS
    seats = min(max(1, seats), fits.MOST_SEATS)
    waiting = [(session, wait) for session, wait in line.waits() if session.learner_id is not None]
    shown = {"seats": seats, "most": fits.MOST_SEATS, "patience": fits.PATIENCE, "host": Host.known()}
    shown["image"] = images.read()
    return render(request, "labs/room.html", {**shown, "fits": fits.fits(fits.named([]), seats), "waiting": waiting})


@for_staff
@require_POST
def put_first(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put somebody before all others who wait."""
    found = get_object_or_404(LabSession.objects.exclude(learner=None), pk=session)
    if services.put_first(found):
        write_down(request, found, gettext_noop("Put first in line."))
    else:
        messages.warning(request, _("This lab does not wait any more."))
    return redirect("labs:room")
