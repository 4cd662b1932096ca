"""The strip on each page of who sits in a workshop: his hand, and what was said to him."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labs.models import Observer
from labs.pages.sse import answer
from vaka.web.http import SignedInRequest
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import Hand, SeatLogEntry
from vaka.workshops.services import help_requests, joining, observing
from vaka.workshops.services.presence import place_of
from vaka.workshops.views import sse
from vaka.workshops.views.join import SEAT
from vaka.workshops.views.my_seat import own

ASKED = {"labs:lab", "labs:session"}  # pages with terminals
SAID_FOR = timedelta(minutes=20)  # a message stands on every page; then in the log


def beside(request: HttpRequest) -> dict[str, Any]:
    """For every page: the strip, if this browser knows that its reader sits in a workshop. Nobody else costs a query.

    Beside a lab we ask: there somebody may look on, and who was signed in before he joined elsewhere must see it too.
    """
    session, user = getattr(request, "session", None), getattr(request, "user", None)  # an error page may come before
    if session is None or user is None or not user.is_authenticated:
        return {}
    page = request.resolver_match.view_name if request.resolver_match else ""
    if SEAT not in session and page not in ASKED:
        return {}
    return {"beside": SimpleLazyObject(lambda: _shown(request))}


def _shown(request: HttpRequest) -> SafeString | str:
    user, known = request.user.pk, request.session.get(SEAT)
    seat = Seat.objects.filter(pk=known, user=user).select_related("workshop").first() if known else None
    if seat is None or seat.workshop.is_over:
        seat = Seat.objects.now_of(user) or seat
    if seat is None:
        return ""
    if seat.pk != known:
        request.session[SEAT] = seat.pk
    joining.was_seen(seat, place_of(request))  # also where no script runs
    return render_to_string("workshops/_seat_bar.html", context_of(seat), request)


def context_of(seat: Seat) -> dict[str, Any]:
    since = timezone.now() - SAID_FOR
    said = (
        SeatLogEntry.objects.seen_from(seat)
        .filter(kind=SeatLogEntry.Kind.MESSAGE, at__gte=since)
        .select_related("by")[:2]
    )
    hand = Hand.objects.filter(seat=seat, lowered_at=None).first()
    return {"seat": seat, "hand": hand, "said": said, "observers": observing.of_seat(seat)}


def _answer(request: SignedInRequest, seat: Seat) -> HttpResponse:
    if request.headers.get("X-Vaka") == "part":
        return render(request, "workshops/_seat_bar.html", context_of(seat))
    return redirect("workshops:seat", workshop=seat.workshop_id)


@login_required
@require_safe
@never_cache
def strip(request: SignedInRequest, workshop: int) -> HttpResponse:
    return render(request, "workshops/_seat_bar.html", context_of(own(request, workshop)))


@login_required
@require_POST
@never_cache
def raise_hand(request: SignedInRequest, workshop: int) -> HttpResponse:
    seat = own(request, workshop)
    if not seat.workshop.is_over:
        help_requests.raise_hand(seat, request.POST.get("text", ""))
    return _answer(request, seat)


@login_required
@require_POST
@never_cache
def lower_hand(request: SignedInRequest, workshop: int) -> HttpResponse:
    seat = own(request, workshop)
    help_requests.lower_hand(seat, request.user)
    return _answer(request, seat)


@login_required
@require_POST
@never_cache
def consent(request: SignedInRequest, workshop: int, observer: int) -> HttpResponse:
    """Allow who looks on to type too; or do not, or not any more."""
    seat = own(request, workshop)
    theirs = Observer.objects.open().filter(session__learner=request.user).select_related("session", "user")
    found = get_object_or_404(theirs, pk=observer)
    answer = observing.allow if request.POST.get("answer") == "yes" else observing.refuse
    answer(observing.seat_of(found) or seat, found)
    return _answer(request, seat)


@require_safe
@login_required
async def events(request: HttpRequest, workshop: int) -> StreamingHttpResponse:
    """What is said and done to the seat, as server-sent events."""
    user = await request.auser()
    mine = Seat.objects.filter(user=user.pk, workshop=workshop).select_related("workshop")
    seat = await mine.afirst()
    if seat is None:
        raise Http404
    return answer(sse.of_seat(request, seat))
