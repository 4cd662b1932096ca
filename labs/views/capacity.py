"""The capacity page for instructors: how many labs fit, the waiting list, and the age of the lab image."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labs import permissions
from labs.capacity import fits, overcommit, queue
from labs.lifecycle import image_age
from labs.models import Host, State
from labs.pages import flavours
from labs.registry import versions
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest

SEATS = 20


@for_instructors
@require_safe
def capacity(request: SignedInRequest) -> HttpResponse:
    """Show how many seats of each lab fit on this server, the waiting sessions within reach, and the lab image."""
    wanted = request.GET.get("seats", "")
    seats = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else SEATS
    seats = min(max(1, seats), fits.MOST_SEATS)
    waiting = permissions.of(request.user).filter(state=State.REQUESTED).exclude(learner=None)
    within_reach = set(waiting.values_list("pk", flat=True))
    host = Host.known()
    context = {
        "seats": seats,
        "most": fits.MOST_SEATS,
        "patience": fits.PATIENCE,
        "host": host,
        "memory": overcommit.host_memory(host),
        "image": image_age.read(),
        "old_images": image_age.read_old(),
        "flavours": flavours.flavour_rows(),
        "fits": fits.fits(versions.named([]), seats),
        "waiting": [(session, wait) for session, wait in queue.waits() if session.pk in within_reach],
    }
    return render(request, "labs/capacity.html", context)
