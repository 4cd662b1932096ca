"""The live map of the workshop's class lab, for the projector and the team: routes between networks. It names no people."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from labs.models import State
from labs.pages import live_map as class_map
from vaka.accounts.requests import SignedInRequest
from vaka.workshops import visible_to_team
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_team


@for_team
@require_safe
def live_map(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show the map. Its script requests the part that changes, as the projector's does."""
    running = visible_to_team.class_labs(workshop).filter(state=State.READY, lab__in=workshop.labs)
    session = running.order_by("-created_at").first()
    found = None
    if session:
        try:
            found = class_map.of(session)
        except class_map.NoMap:
            found = None
    context = {"workshop": workshop, "now": timezone.now(), "session": session, "map": found}
    part = request.headers.get("X-Vaka") == "part"
    return render(request, f"workshops/{'_live_map' if part else 'live_map'}.html", context)
