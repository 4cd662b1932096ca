"""The responses to a button of the lab page: a script gets the panel, a program gets JSON, a plain form gets a redirect."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from labs.models import EXAM_IS_OVER, ExamIsOver, Job, LabSession, WrongState
from labs.views.session_json import session_json
from labs.views.session_or_404 import page_of
from vaka.accounts.requests import SignedInRequest


def wants_panel(request: HttpRequest) -> bool:
    """Whether the script of the lab page asks, which replaces the panel and keeps the page."""
    return request.headers.get("X-Vaka") == "panel"


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(request: SignedInRequest, session: LabSession) -> HttpResponse:
    """Answer a button whose request was accepted."""
    if wants_panel(request):
        return panel(request, session)
    if wants_json(request):
        return JsonResponse(session_json(session, request.user))
    return redirect("labs:lab", lab=session.lab)


def panel(request: SignedInRequest, session: LabSession, **context: str) -> HttpResponse:
    """Return the part of the lab page that changes. ``context`` holds more variables for its template."""
    return render(request, "labs/lab.html#panel", {"page": page_of(request, session), **context})


def answer_job(request: SignedInRequest, session: LabSession, ask: Callable[[], Job]) -> HttpResponse:
    """Call ``ask``, which requests a job of the session, and answer the button."""
    try:
        ask()
    except ExamIsOver:
        return _not_done(request, session, _(EXAM_IS_OVER), _(EXAM_IS_OVER))
    except WrongState:
        session.refresh_from_db()
        reason = _("The lab is not running, so nothing was done. Start it first.")
        return _not_done(request, session, _("The lab is not running."), reason)
    return answer(request, session)


def _not_done(request: SignedInRequest, session: LabSession, error: str, reason: str) -> HttpResponse:
    """Answer a button whose request was refused: ERROR is for a program, REASON for the learner."""
    if wants_json(request):
        return JsonResponse({**session_json(session, request.user), "error": error}, status=HTTPStatus.CONFLICT)
    messages.warning(request, reason)
    return answer(request, session)


def answer_too_many(request: SignedInRequest, session: LabSession, reason: str) -> HttpResponse:
    """Answer a button that was pressed too often, with the reason."""
    if wants_json(request):
        facts = session_json(session, request.user)
        return JsonResponse({**facts, "error": reason}, status=HTTPStatus.TOO_MANY_REQUESTS)
    messages.warning(request, reason)
    return answer(request, session)


def refusal(request: SignedInRequest, session: LabSession, variable: str, reason: str) -> HttpResponse:
    """Tell the learner the reason: beside the form in the panel; without the script, on the page that follows."""
    if wants_panel(request):
        return panel(request, session, **{variable: reason})
    messages.warning(request, reason)
    return answer(request, session)
