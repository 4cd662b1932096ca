"""The answers to a start that is refused: another lab of the learner runs or still stops, or they may not start labs now."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from labs.engine.definition.spec import Lab
from labs.models import LabSession, State
from labs.registry import versions
from labs.views.button_responses import wants_json
from labs.views.session_json import session_json
from vaka.accounts.requests import SignedInRequest


def another_lab_runs(request: SignedInRequest, wanted: Lab, live: LabSession) -> HttpResponse:
    """Answer 409 to a request for a second lab: a learner runs one lab at a time."""
    try:
        title = versions.newest(live.lab).title
    except versions.NoSuchLab:
        title = live.lab
    is_stopping = live.state == State.STOPPING
    if wants_json(request):
        error = (
            _("“%(lab)s” is still stopping. Try again in some seconds.")
            if is_stopping
            else _("“%(lab)s” is still running. One lab runs at a time.")
        )
        error %= {"lab": title}
        return JsonResponse({"error": error, **session_json(live, request.user)}, status=HTTPStatus.CONFLICT)
    context = {"lab": wanted, "live": live, "title": title, "is_stopping": is_stopping}
    return render(request, "labs/another_lab_runs.html", context, status=HTTPStatus.CONFLICT)


def not_admitted(request: SignedInRequest, wanted: Lab, reason: str) -> HttpResponse:
    """Answer 403 to a learner who may not start labs now."""
    if wants_json(request):
        return JsonResponse({"error": reason}, status=HTTPStatus.FORBIDDEN)
    context = {"lab": wanted, "reason": reason}
    return render(request, "labs/not_admitted.html", context, status=HTTPStatus.FORBIDDEN)
