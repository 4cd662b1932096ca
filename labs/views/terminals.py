"""Gives a page what it needs to open a terminal: a token, and the address of the gateway."""

import re
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labs.engine.definition.spec import Lab
from labs.models import EXAM_IS_OVER, LabSession, State
from labs.terminals import tokens
from labs.terminals.gateway_address import gateway_address
from labs.terminals.permissions import HANDED_OVER
from labs.views.session_or_404 import page_of, shared_session
from vaka.accounts.requests import SignedInRequest

TERMINAL = re.compile(r"[a-z0-9]{1,16}")


@login_required
@require_POST
def terminal_token(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Issue a token for one terminal of the session."""
    found = shared_session(request, session)
    if found.state != State.READY or found.is_being_prepared:
        return JsonResponse({"error": _("The lab is not running.")}, status=HTTPStatus.CONFLICT)
    page = page_of(request, found)
    # A learner with a seat may not watch the nodes of others, nor the instructor's
    return terminal_of(request, found, page.lab, may_look=not page.seat)


def terminal_of(
    request: SignedInRequest, session: LabSession, lab: Lab, *, may_look: bool, may_type: bool = True
) -> JsonResponse:
    """Answer with a token for the terminal that the form names. The caller checks that the user may open the session.

    ``may_look``: also for nodes that are not the learner's, on which nobody types.
    """
    node = lab.nodes.get(request.POST.get("node", ""))
    terminal = request.POST.get("terminal", "1")
    if node is None or not node.has_shell or not TERMINAL.fullmatch(terminal):
        raise Http404
    if not (node.learner or may_look):
        raise Http404
    if node.name in session.nodes_to_reset:  # a few seconds; the page asks again by itself
        return JsonResponse({"error": HANDED_OVER}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    if session.exam_is_over:
        return JsonResponse({"error": _(EXAM_IS_OVER)}, status=HTTPStatus.CONFLICT)
    types = may_type and node.learner and request.POST.get("mode") != "view"
    wanted = tokens.Mode.CONTROL if types else tokens.Mode.VIEW
    issued = tokens.issue(request.user.pk, session.pk, node.name, terminal, wanted)
    return JsonResponse({"token": issued, "url": gateway_address(request)})
