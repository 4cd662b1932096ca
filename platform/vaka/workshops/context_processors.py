"""The part of every page that comes from workshops: the bar of a trainee's seat."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from vaka.accounts.models import User
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import presenting, seat_presence
from vaka.workshops.services.room_presence import network_of_request
from vaka.workshops.views.join import SEAT_KEY
from vaka.workshops.views.seat_bar import bar_context

TERMINAL_PAGES = {"labs:lab", "labs:session"}
SLIDES = {"courses:slides", "courses:presenter"}


def seat_bar(request: HttpRequest) -> dict[str, Any]:
    """The bar of the user's seat, if this browser's session names one. For everybody else there is no query.

    Pages with terminals always ask: a user who joined in another browser must see there too that somebody observes them.
    """
    session, user = getattr(request, "session", None), getattr(request, "user", None)
    if session is None or user is None or not user.is_authenticated:
        return {}
    page = request.resolver_match.view_name if request.resolver_match else ""
    if SEAT_KEY not in session and page not in TERMINAL_PAGES:
        return {}
    return {"seat_bar": SimpleLazyObject(lambda: _rendered_bar(request))}


def slides_bar(request: HttpRequest) -> dict[str, Any]:
    """On slides: the team of a workshop can lead the room, and its trainees can follow. Elsewhere there is no query."""
    match, user = request.resolver_match, getattr(request, "user", None)
    if match is None or match.view_name not in SLIDES or user is None or not user.is_authenticated:
        return {"slides_bar": ""}
    return {"slides_bar": SimpleLazyObject(lambda: _rendered_slides_bar(request, user))}


def _rendered_slides_bar(request: HttpRequest, user: User) -> SafeString | str:
    today = Workshop.objects.filter(closed_at=None, first_day__lte=timezone.localdate() + timedelta(days=1))
    runs = [one for one in today.with_role(user).order_by("pk") if not one.is_over]
    leads, seat = max(runs, key=lambda one: one.precedence, default=None), Seat.objects.current_of(user)
    follows = seat.workshop if seat else None
    if leads and follows and follows.is_held and not leads.is_held:
        leads = None  # one that begins tomorrow
    if leads is None and follows is None:
        return ""
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    path = reverse("courses:slides", kwargs=kwargs)
    is_led = leads is not None and presenting.is_on(leads)
    context = {
        "leads": leads,
        "follows": follows,
        "path": path,
        "is_leading": leads is not None and presenting.is_led_by(leads, user, path),
        "led_by": leads.slides_by if leads and is_led and leads.slides_by_id != user.pk else None,
    }
    return render_to_string("workshops/_slides_bar.html", context, request)


def _rendered_bar(request: HttpRequest) -> SafeString | str:
    user, known = request.user.pk, request.session.get(SEAT_KEY)
    seat = Seat.objects.filter(pk=known, user=user).select_related("workshop").first() if known else None
    if seat is None or not seat.workshop.is_held:
        current = Seat.objects.current_of(user)
        if current and (seat is None or seat.workshop.is_over or current.workshop.is_held):
            seat = current
    if seat is None:
        return ""
    if seat.pk != known:
        request.session[SEAT_KEY] = seat.pk
    seat_presence.record_open_page(seat, network_of_request(request))  # for browsers without JavaScript
    return render_to_string("workshops/_seat_bar.html", bar_context(seat), request)
