"""Pages for those who teach: will my class fit, who waits for a lab, and how old the lab image is."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from labs import permissions
from labs.capacity import fits, queue
from labs.lifecycle import image_age
from labs.models import State
from labs.models.lab_cost import Host
from labs.views.sessions import for_staff
from labs.views.sessions import put_first as put_first_of_all
from vaka.accounts.requests import SignedInRequest

SEATS = 20


@for_staff
@require_safe
def room(request: SignedInRequest) -> HttpResponse:
    """How many seats this computer has of each lab; who waits, of those within reach; and the age of the lab image."""
    asked = request.GET.get("seats", "")
    seats = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else SEATS
    seats = min(max(1, seats), fits.MOST_SEATS)
    mine = permissions.of(request.user).filter(state=State.REQUESTED).exclude(learner=None)
    seen = set(mine.values_list("pk", flat=True))
    waiting = [(session, wait) for session, wait in queue.waits() if session.pk in seen]
    shown = {"seats": seats, "most": fits.MOST_SEATS, "patience": fits.PATIENCE, "host": Host.known()}
    shown["image"] = image_age.read()
    return render(request, "labs/capacity.html", {**shown, "fits": fits.fits(fits.named([]), seats), "waiting": waiting})


@for_staff
@require_POST
def put_first(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Put a session before the others that wait."""
    put_first_of_all(request, get_object_or_404(permissions.of(request.user).exclude(learner=None), pk=session))
    return redirect("labs:room")
