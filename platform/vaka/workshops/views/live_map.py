"""The live map of the workshop's class lab, for the projector and the team: routes between networks, and who peers with whom.

It names no people.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from labs.models import LabSession, State
from labs.pages import live_map as class_map
from labs.pages import peerings
from vaka.accounts.requests import SignedInRequest
from vaka.workshops import visible_to_team
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_team


@for_team
@require_safe
def live_map(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show one part of the map. Its script requests the same address again, as the projector's does."""
    running = visible_to_team.class_labs(workshop).filter(state=State.READY)
    session = running.order_by("-created_at").first()
    shows_peers = request.GET.get("show") == "peers"
    context = {"workshop": workshop, "now": timezone.now(), "session": session, "shows_peers": shows_peers}
    if session:
        context["peers" if shows_peers else "map"] = _found(session, shows_peers=shows_peers)
    part = request.headers.get("X-Vaka") == "part"
    return render(request, f"workshops/{'_live_map' if part else 'live_map'}.html", context)


def _found(session: LabSession, *, shows_peers: bool) -> class_map.LiveMap | peerings.Peerings | None:
    try:
        return peerings.of(session) if shows_peers else class_map.of(session)
    except class_map.NoMap:
        return None
