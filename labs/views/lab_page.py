"""The lab page: before, during and after a session. Its buttons are in ``lab_buttons``, its terminals in ``terminals``."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from labs import permissions
from labs.engine.definition.spec import Lab, SeatPlan
from labs.lifecycle import class_labs, worker_health
from labs.models import LabSession
from labs.pages.catalogue import class_lab_of
from labs.pages.event_stream import stream
from labs.pages.lab_page import LabPage
from labs.registry import seeds, versions
from labs.views import button_responses
from labs.views.no_such_lab import no_such_lab
from labs.views.session_json import session_json
from labs.views.session_or_404 import page_of, shared_session
from vaka.accounts.requests import SignedInRequest


@login_required
@require_GET
@never_cache
@gzip_page  # for slow links; the secrets in it (tokens, nonce) differ in each answer, and are padded
def lab(request: SignedInRequest, lab: str) -> HttpResponse:
    """One page of a lab for the time before, during and after the learner's session of it."""
    try:
        newest = versions.newest(lab)
    except versions.NoSuchLab:
        return no_such_lab(request)
    mine = LabSession.objects.of(request.user).filter(lab=newest.id)
    last = mine.live().first() or mine.practice().first()  # of an exam that is over, only its own page tells
    if last:
        worker_health.end_if_stalled(last)
    if last and last.is_live:
        page = page_of(request, last)
    elif class_lab := class_lab_of(request.user, newest.id):
        return redirect("labs:session", session=class_lab.pk)
    elif newest.has_bots or permissions.class_labs_open_to(request.user).filter(lab=newest.id).exists():
        return _take_a_seat(request, newest)
    else:  # with the learner's parameters; before the first session with the author's examples
        page = LabPage(versions.newest(newest.id, seeds.kept(request.user, newest)), request.user, last)
    return render(request, "labs/lab.html", {"page": page})


def _take_a_seat(request: SignedInRequest, newest: Lab) -> HttpResponse:
    """The page of a class lab: its free seats, if it runs where the user may take one. Of several, the oldest with a free seat."""
    running = permissions.class_labs_open_to(request.user).filter(lab=newest.id)
    found: LabSession | None = None
    free: list[SeatPlan] = []
    for found in running.order_by("created_at").prefetch_related("seats"):
        if free := _free_seats(found, newest):
            break
    return render(request, "labs/take_a_seat.html", {"lab": newest, "session": found, "free": free})


def _free_seats(session: LabSession, lab: Lab) -> list[SeatPlan]:
    taken = {node for seat in session.seats.all() for node in seat.nodes}
    return [plan for plan in lab.seats if not taken & set(plan.nodes)]


@login_required
@require_GET
@never_cache
@gzip_page  # for slow links; the secrets in it (tokens, nonce) differ in each answer, and are padded
def session(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The page of a class lab, for learners who have a seat in it. The learner's own lab has the page of its lab."""
    found = shared_session(request, session)
    if found.learner_id == request.user.pk:
        return redirect("labs:lab", lab=found.lab)
    page = page_of(request, found)
    if page.seat and page.seat.opened_at is None:
        class_labs.record_opened(found, request.user)
    return render(request, "labs/lab.html", {"page": page})


@login_required
@require_GET
@never_cache
@gzip_page  # for slow links; the secrets in it (tokens, nonce) differ in each answer, and are padded
def panel(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The part of the lab page that changes. If the lab was started again since, or opened as a trouble ticket: all of its page.

    A browser that is led here, by its history or after a sign-in, goes to the page: the part alone has no style.
    """
    found = shared_session(request, session)
    if not button_responses.wants_panel(request):
        return redirect(page_of(request, found).address)
    if not found.is_live and found.learner_id == request.user.pk:
        live = LabSession.objects.of(request.user).live().filter(lab=found.lab)
        if live.exists():
            return redirect("labs:lab", lab=found.lab)
    return button_responses.panel(request, found)


@login_required
@require_GET
@never_cache
def status(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The session in JSON, for programs."""
    return JsonResponse(session_json(shared_session(request, session), request.user))


@login_required
@require_GET
async def events(request: SignedInRequest, session: UUID) -> HttpResponseBase:
    """The session's events, as server-sent events."""
    user = await request.auser()
    found = await LabSession.objects.open_to(user).filter(pk=session).afirst()
    if found is None:
        raise Http404
    return stream(request, user, found)
