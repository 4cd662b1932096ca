"""The bar of a seat, on every page of its trainee: raised hand, notices, pause and observers."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labs.models import Observer
from labs.pages.event_stream import answer
from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Hand, Seat
from vaka.workshops.permissions import own_seat
from vaka.workshops.services import exams, observing, presenting, raised_hands, seat_notices
from vaka.workshops.views import event_stream


def bar_context(seat: Seat) -> dict[str, Any]:
    hand = Hand.objects.filter(seat=seat, lowered_at=None).first()
    notices = seat_notices.shown_at(seat)
    return {
        "seat": seat,
        "hand": hand,
        "is_presenting": presenting.is_on(seat.workshop) and not _closes_slides(seat),
        "seat_notices": notices,
        "is_under_way": any(notice.entry.is_under_way for notice in notices),
        "observers": observing.observers_of(seat),
    }


def _closes_slides(seat: Seat) -> bool:
    """Whether an exam closes the slides that are presented to the trainee, also one of another workshop."""
    return seat.user is not None and exams.closes_slides(seat.user, seat.workshop.slides_path)


def _answer(request: SignedInRequest, seat: Seat) -> HttpResponse:
    """The new bar for its script; without JavaScript, the page of the seat."""
    if request.headers.get("X-Vaka") == "part":
        return render(request, "workshops/_seat_bar.html", bar_context(seat))
    return redirect("workshops:my_seat", workshop=seat.workshop_id)


@login_required
@require_safe
@never_cache
def seat_bar(request: SignedInRequest, workshop: int) -> HttpResponse:
    return render(request, "workshops/_seat_bar.html", bar_context(own_seat(request, workshop)))


@login_required
@require_POST
@never_cache
def raise_hand(request: SignedInRequest, workshop: int) -> HttpResponse:
    seat = own_seat(request, workshop)
    if not seat.workshop.is_over:
        raised_hands.raise_hand(seat, request.POST.get("text", ""))
    return _answer(request, seat)


@login_required
@require_POST
@never_cache
def lower_hand(request: SignedInRequest, workshop: int) -> HttpResponse:
    seat = own_seat(request, workshop)
    raised_hands.lower_hand(seat, request.user)
    return _answer(request, seat)


@login_required
@require_POST
@never_cache
def dismiss_message(request: SignedInRequest, workshop: int) -> HttpResponse:
    """Remove a notice from the bar. The seat log keeps it."""
    seat, entry = own_seat(request, workshop), request.POST.get("message", "")
    if entry.isdecimal() and len(entry) < 19:  # else no number of a row
        seat_notices.dismiss(seat, int(entry))
    return _answer(request, seat)


@login_required
@require_POST
@never_cache
def consent(request: SignedInRequest, workshop: int, observer: int) -> HttpResponse:
    """Allow an observer to type, refuse it, or withdraw the permission."""
    seat = own_seat(request, workshop)
    mine = Observer.objects.open().filter(session__learner=request.user).select_related("session", "user")
    found = get_object_or_404(mine, pk=observer)
    decide = observing.allow if request.POST.get("answer") == "yes" else observing.refuse
    decide(observing.seat_of(found) or seat, found)
    return _answer(request, seat)


@require_safe
@login_required
async def events(request: SignedInRequest, workshop: int) -> HttpResponseBase:
    """Server-sent events about the seat."""
    user = await request.auser()
    mine = Seat.objects.filter(user=user.pk, workshop=workshop).select_related("workshop")
    seat = await mine.afirst()
    if seat is None:
        raise Http404
    return answer(request, user, event_stream.seat_stream(request, seat))
