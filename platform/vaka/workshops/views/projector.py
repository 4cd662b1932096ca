"""The page for the projector: the progress of the room, the time, the next break and how to join. No names and no buttons."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.permissions import for_team
from vaka.workshops.room.projector_progress import common_mistake, funnels
from vaka.workshops.room.room import Room
from vaka.workshops.services import preflight_of_site
from vaka.workshops.views.addresses import join_url, public_url


@for_team
@require_safe
def projector(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show the page. Its script requests the part that changes."""
    room, now = Room.of(workshop), timezone.now()
    # One that was opened early has begun
    next_item = None if workshop.is_over else workshop.agenda.filter(from_at__gt=now, opened_at=None).first()
    url = join_url(request)
    context = {
        "workshop": workshop,
        "now": now,
        "item": room.item,
        "is_before_break": room.item is not None and _is_before_break(room.item, next_item),
        "next_item": next_item,
        "goes_on_today": next_item is not None and next_item.from_at.astimezone(workshop.zone).date() == workshop.today,
        "joined": sum(tile.seat.user_id is not None for tile in room.tiles),
        "funnels": funnels(room),
        "mistake": None if workshop.paused_at else common_mistake(room),
        "url": url,
        "only_here": preflight_of_site.is_only_here(url),
        "url_with_code": public_url(request, reverse("workshops:join_code", args=[workshop.code_shown])),
    }
    part = request.headers.get("X-Vaka") == "part"
    return render(request, f"workshops/{'_projector' if part else 'projector'}.html", context)


def _is_before_break(item: AgendaItem, following: AgendaItem | None) -> bool:
    """Whether a break, or the end of the day, follows the open item: not if the next one begins when it ends."""
    goes_on = following is not None and following.kind != AgendaItem.Kind.BREAK and following.from_at <= item.to_at
    ends_today = item.to_at.astimezone(item.workshop.zone).date() == item.workshop.today
    return item.is_current and item.ended_at is None and ends_today and not goes_on
