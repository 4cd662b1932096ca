"""What every page needs of workshops: the link to them in the header, and the bar of a trainee's seat."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from vaka.workshops.models import Seat, WorkshopStaff
from vaka.workshops.services import attendance
from vaka.workshops.services.room_presence import network_of_request
from vaka.workshops.views.join import SEAT_KEY
from vaka.workshops.views.seat_bar import bar_context

TERMINAL_PAGES = {"labs:lab", "labs:session"}


def runs_workshops(request: HttpRequest) -> dict[str, Any]:
    """Whether the user has a role in a workshop. Lazy: the header does not ask it for instructors."""

    def has_role() -> bool:
        user = getattr(request, "user", None)  # an error page can come before the user is known
        return bool(user and user.is_authenticated and WorkshopStaff.objects.filter(user=user).exists())

    return {"runs_workshops": SimpleLazyObject(has_role)}


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


def _rendered_bar(request: HttpRequest) -> SafeString | str:
    user, known = request.user.pk, request.session.get(SEAT_KEY)
    seat = Seat.objects.filter(pk=known, user=user).select_related("workshop").first() if known else None
    if seat is None or seat.workshop.is_over:
        seat = Seat.objects.current_of(user) or seat
    if seat is None:
        return ""
    if seat.pk != known:
        request.session[SEAT_KEY] = seat.pk
    attendance.record_open_page(seat, network_of_request(request))  # for browsers without JavaScript
    return render_to_string("workshops/_seat_bar.html", bar_context(seat), request)
