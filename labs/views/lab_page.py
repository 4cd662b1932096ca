"""The lab page, its parts, and what its buttons do. Whose a session is, is decided where it is fetched: in ``_own``."""

import re
from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labs.engine.definition.spec import Lab
from labs.lifecycle import services, stalled
from labs.models import Attempt, ClassSeat, Job, LabSession, Save, State, WrongState
from labs.pages import catalogue
from labs.pages.lab_page import LabPage
from labs.pages.sse import stream
from labs.registry import seeds, versions
from labs.terminals import tokens
from labs.terminals.permissions import HANDED_OVER
from vaka.accounts.requests import SignedInRequest
from vaka.web.http import host_of

TERMINAL = re.compile(r"[a-z0-9]{1,16}")

__all__ = [
    "check",
    "events",
    "extend",
    "lab",
    "labs",
    "panel",
    "reset",
    "save",
    "session",
    "start",
    "status",
    "stop",
    "ticket",
]


def _own(request: SignedInRequest, session: UUID) -> LabSession:
    """Return the session if it is the visitor's; to all others it does not exist."""
    return stalled.look(get_object_or_404(LabSession.objects.of(request.user), pk=session))


def _shared(request: SignedInRequest, session: UUID) -> LabSession:
    """Return the session if it is the visitor's, or a class's in which he has a seat."""
    return stalled.look(get_object_or_404(LabSession.objects.open_to(request.user), pk=session))


def _page(request: SignedInRequest, session: LabSession) -> LabPage:
    try:
        return LabPage.of(session, request.user)
    except (versions.NoSuchLab, ClassSeat.DoesNotExist) as error:
        raise Http404(session.lab) from error


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _answer(request: SignedInRequest, session: LabSession) -> HttpResponse:
    """Answer a button: a page's script gets the panel, a program JSON, and a plain form goes back to the page."""
    if request.headers.get("X-Vaka") == "panel":
        return _panel(request, session)
    if _wants_json(request):
        return JsonResponse(_status(request, session))
    return redirect("labs:lab", lab=session.lab)


@login_required
@require_GET
def labs(request: SignedInRequest) -> HttpResponse:
    """The list of labs, with the learner's best of each, and the one that runs."""
    running = catalogue.running(request.user)
    cards = catalogue.cards(request.user, versions.all_labs(), running)
    return render(request, "labs/catalogue.html", {"cards": list(cards), "running": running})


@login_required
@require_GET
@never_cache
@gzip_page  # thin lines; what is secret in it (tokens, nonce) differs each time, and is padded
def lab(request: SignedInRequest, lab: str) -> HttpResponse:
    """One page for before, while and after: the guide, the page, and the learner's last session."""
    try:
        newest = versions.newest(lab)
    except versions.NoSuchLab:
        return _no_lab(request)
    last = LabSession.objects.of(request.user).filter(lab=newest.id).first()
    if last:
        stalled.look(last)
    if last and last.is_live:
        page = _page(request, last)
    elif shared := catalogue.class_lab(request.user, newest.id):
        return redirect("labs:session", session=shared.pk)
    else:  # with the numbers that he had; before his first session with those that the author wrote
        page = LabPage(versions.newest(newest.id, seeds.kept(request.user, newest)), request.user, last)
    return render(request, "labs/lab.html", {"page": page})


def _no_lab(request: SignedInRequest) -> HttpResponse:
    """Answer for a lab that is not here, or not any more, with those that are."""
    running = catalogue.running(request.user)
    cards = catalogue.cards(request.user, versions.all_labs(), running)
    return render(request, "labs/no_lab.html", {"cards": list(cards), "running": running}, status=HTTPStatus.NOT_FOUND)


@login_required
@require_POST
def start(request: SignedInRequest, lab: str) -> HttpResponse:
    save = _save(request, lab) if request.POST.get("resume") else None
    try:
        found = services.request_session(request.user, versions.newest_or_404(lab).id, save)
    except services.HasAnother as error:
        return _has_another(request, versions.newest_or_404(lab), error.session)
    except services.NotAdmitted as reason:
        return _not_admitted(request, versions.newest_or_404(lab), str(reason))
    return _answer(request, found)


def _save(request: SignedInRequest, lab: str) -> Save:
    """The saved work that is to be resumed, if it is the visitor's."""
    try:
        return get_object_or_404(Save, pk=UUID(request.POST["resume"]), learner=request.user, lab=lab)
    except ValueError as error:
        raise Http404(lab) from error


def _has_another(request: SignedInRequest, wanted: Lab, live: LabSession) -> HttpResponse:
    try:
        title = versions.newest(live.lab).title
    except versions.NoSuchLab:
        title = live.lab
    if _wants_json(request):
        said = _("“%(lab)s” is still running. One lab runs at a time.") % {"lab": title}
        return JsonResponse({"error": said, **_status(request, live)}, status=409)
    return render(request, "labs/another_lab_runs.html", {"lab": wanted, "live": live, "title": title}, status=409)


def _not_admitted(request: SignedInRequest, wanted: Lab, reason: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": reason}, status=HTTPStatus.FORBIDDEN)
    context = {"lab": wanted, "reason": reason}
    return render(request, "labs/not_admitted.html", context, status=HTTPStatus.FORBIDDEN)


@login_required
@require_GET
@never_cache
@gzip_page  # thin lines; what is secret in it (tokens, nonce) differs each time, and is padded
def session(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The page of a class lab, for who has a seat in it; a lab of one's own is shown on the lab's page."""
    found = _shared(request, session)
    if found.learner_id == request.user.pk:
        return redirect("labs:lab", lab=found.lab)
    return render(request, "labs/lab.html", {"page": _page(request, found)})


@login_required
@require_GET
@never_cache
@gzip_page  # thin lines; what is secret in it (tokens, nonce) differs each time, and is padded
def panel(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The part of the lab page that changes."""
    return _panel(request, _shared(request, session))


def _panel(request: SignedInRequest, session: LabSession) -> HttpResponse:
    return render(request, "labs/lab.html#panel", {"page": _page(request, session)})


@login_required
@require_GET
@never_cache
def status(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The session in JSON, for programs."""
    return JsonResponse(_status(request, _shared(request, session)))


def _status(request: SignedInRequest, session: LabSession) -> dict[str, object]:
    job = session.jobs.first()
    counts = (Attempt.Kind.ATTEMPT, Attempt.Kind.TICKET)
    last = session.attempts.filter(kind__in=counts, learner=request.user).first()
    return {
        "session": str(session.pk),
        "lab": session.lab,
        "seed": session.seed,
        "assisted": session.assisted,
        "ticket": _ticket(session),
        "state": session.state,
        "progress": session.progress,
        "error": session.error,
        "detail": session.detail,
        "ends_at": session.ends_at,
        "job": job
        and {
            "id": job.pk,
            "kind": job.kind,
            "over": job.ended_at is not None,
            "error": job.error,
            "detail": job.detail,
        },
        "attempt": last
        and {
            "job": last.job_id,
            "score": last.score,
            "out_of": last.out_of,
            "unknown": last.unknown,
            "seconds": (last.finished_at - last.started_at).total_seconds(),
            "verdicts": _shown(session, dict(last.verdicts.values_list("check_id", "outcome"))),
        },
    }


def _ticket(session: LabSession) -> dict[str, object] | None:
    """What its learner knows of a ticket."""
    ticket = session.ticket
    if ticket is None:
        return None
    known = {"seed": ticket.seed, "hints": ticket.hints, "points": ticket.points, "seconds": round(ticket.seconds, 1)}
    return known | {
        "opened_at": ticket.opened_at,
        "fixed_at": ticket.fixed_at,
        "fault": ticket.fault if ticket.fixed_at else "",
    }


def _shown(session: LabSession, outcomes: dict[str, str]) -> dict[str, str]:
    """The outcomes of the checks that their learner may see; of a lab that is gone nobody knows which these are."""
    try:
        checks = list(versions.of(session).checks())
    except versions.NoSuchLab:
        return {}
    shown = {check.id for check in checks if check.is_shown(passed=outcomes.get(check.id) == "passed")}
    return {name: outcome for name, outcome in outcomes.items() if name in shown}


@login_required
@require_POST
def check(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Ask for grading; ``kind=look`` looks only, and counts for nothing."""
    found = _shared(request, session)
    kind = Job.Kind.LOOK if request.POST.get("kind") == "look" else Job.Kind.ATTEMPT
    return answer_job(request, found, lambda: services.request_check(found, kind))


@login_required
@require_http_methods(["GET", "POST"])
def reset(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Ask which node to reset; or reset it. No node is all nodes."""
    found = _shared(request, session)
    page = _page(request, found)
    if request.method == "GET":
        return render(request, "labs/reset.html", {"page": page})
    node = request.POST.get("node", "")
    all_of_it = not node and not page.seat
    if not all_of_it and node not in [one.name for one in page.resettable]:
        raise Http404(node)
    return answer_job(request, found, lambda: services.request_reset(found, node or None))


def answer_job(request: SignedInRequest, session: LabSession, ask: Callable[[], Job]) -> HttpResponse:
    """Ask for a job, and answer the button."""
    try:
        ask()
    except WrongState:
        session.refresh_from_db()
        if _wants_json(request):
            return JsonResponse({**_status(request, session), "error": _("The lab is not running.")}, status=409)
        messages.warning(request, _("The lab is not running, so nothing was done."))
    return _answer(request, session)


@login_required
@require_POST
def save(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Save the learner's work now."""
    found = _own(request, session)
    return answer_job(request, found, lambda: services.request_save(found))


@login_required
@require_POST
def extend(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Give the learner's lab more time."""
    found = _own(request, session)
    try:
        services.extend_session(found)
    except WrongState:
        found.refresh_from_db()
        messages.warning(
            request, _("The time was not changed: it can be added near the end only, and not without end.")
        )
    return _answer(request, found)


@login_required
@require_POST
def stop(request: SignedInRequest, session: UUID) -> HttpResponse:
    found = _own(request, session)
    services.stop_session(found)
    found.refresh_from_db()
    if "then" in request.POST:  # the learner comes from another lab, which could not start
        return redirect("labs:lab", lab=versions.newest_or_404(request.POST["then"]).id)
    return _answer(request, found)


@login_required
@require_POST
def ticket(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Give the page what opens one terminal: a ticket, and where to bring it."""
    found = _shared(request, session)
    if found.state != State.READY or found.is_being_prepared:
        return JsonResponse({"error": _("The lab is not running.")}, status=409)
    page = _page(request, found)
    # With a seat: a classmate's node, or the instructor's, not even to look
    return terminal_of(request, found, page.lab, may_look=not page.seat)


def terminal_of(
    request: SignedInRequest, session: LabSession, lab: Lab, *, may_look: bool, may_type: bool = True
) -> JsonResponse:
    """Answer with a ticket for the terminal that the page names. Whether its reader may be there is for the caller to know.

    ``may_look``: also at nodes on which no learner types.
    """
    node = lab.nodes.get(request.POST.get("node", ""))
    terminal = request.POST.get("terminal", "1")
    if node is None or not node.has_shell or not TERMINAL.fullmatch(terminal):
        raise Http404
    if not (node.learner or may_look):
        raise Http404
    if node.name in session.handed_over:  # not for long: a page asks again by itself
        return JsonResponse({"error": HANDED_OVER}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    types = may_type and node.learner and request.POST.get("mode") != "view"
    wanted = tokens.Mode.CONTROL if types else tokens.Mode.VIEW
    issued = tokens.issue(request.user.pk, session.pk, node.name, terminal, wanted)
    return JsonResponse({"ticket": issued, "url": _gateway(request)})


def _gateway(request: HttpRequest) -> str:
    if settings.GATEWAY_URL:
        return settings.GATEWAY_URL
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{host_of(request)}:{settings.GATEWAY_PORT}/terminal"


@login_required
@require_GET
async def events(request: SignedInRequest, session: UUID) -> StreamingHttpResponse:
    """What happens to the session, as server-sent events."""
    user = await request.auser()
    found = await LabSession.objects.open_to(user).filter(pk=session).afirst()
    if found is None:
        raise Http404
    return stream(request, found)
