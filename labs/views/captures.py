"""Captures: their pages and buttons.

``labs.views.session_or_404`` decides who may open the session. ``labs.lifecycle.captures`` decides which interfaces are the
learner's, where it uses them.
"""

import logging
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labs.lifecycle import captures
from labs.models import Capture, ClassSeat
from labs.pages.captures import shown_lines
from labs.registry import versions
from labs.views.button_responses import answer, refusal
from labs.views.session_or_404 import shared_session
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on
from vaka.web.time_zones import zone_of

LONGEST_FILTER = 200
logger = logging.getLogger(__name__)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def captures_of_session(request: SignedInRequest, session: UUID) -> HttpResponse:
    """POST: begin a capture. GET: return in JSON how many packets each capture has."""
    found = shared_session(request, session)
    if request.method == "GET":
        captures.refresh(found)
        facts = ("id", "packets", "size", "ended_at")
        return JsonResponse({"captures": list(captures.of(found, request.user).values(*facts))})
    packet_filter = " ".join(request.POST.get("filter", "").split())
    seconds = request.POST.get("seconds", "")
    try:
        if len(packet_filter) > LONGEST_FILTER:
            raise captures.NotCaptured(
                _("The filter is too long. It can have up to %(most)d characters.") % {"most": LONGEST_FILTER}
            )
        if not (seconds.isdecimal() and 1 <= int(seconds) <= captures.MOST_SECONDS):
            raise captures.NotCaptured(
                _("Enter a duration of 1 to %(most)d seconds.") % {"most": captures.MOST_SECONDS}
            )
        captures.begin(found, request.user, request.POST.get("interface", ""), packet_filter, int(seconds))
    except captures.NotCaptured as error:
        return refusal(request, found, "capture_error", str(error))
    except (ClassSeat.DoesNotExist, versions.NoSuchLab) as error:
        raise Http404(found.lab) from error
    return answer(request, found)


def _capture(request: SignedInRequest, session: UUID, capture: UUID) -> Capture:
    taken = captures.of(shared_session(request, session), request.user)
    return get_object_or_404(taken.select_related("session"), pk=capture)


@login_required
@never_cache
@require_GET
def capture(request: SignedInRequest, session: UUID, capture: UUID) -> HttpResponse:
    """The captured packets as text, as a page; for the script of the lab page, the part of it that a dialog shows."""
    found = _capture(request, session, capture)
    captures.refresh(found.session)
    found.refresh_from_db()
    template = "labs/capture.html#part" if request.headers.get("X-Vaka") == "part" else "labs/capture.html"
    lines = shown_lines(found, zone_of(request.user.time_zone))
    of_checks = sum(line.of_check for line in lines)
    context = {"capture": found, "lines": lines, "of_checks": of_checks, "lab": found.session.lab}
    return render(request, template, context)


@login_required
@never_cache
@require_GET
def pcap(request: SignedInRequest, session: UUID, capture: UUID) -> FileResponse:
    found = _capture(request, session, capture)
    try:
        file = captures.pcap(found).open("rb")
    except OSError as error:
        raise Http404(str(found)) from error
    name = f"{found.session.lab}-{found.interface.replace(':', '-')}-{found.begun_at:%H%M%S}.pcap"
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="application/vnd.tcpdump.pcap", headers=headers
    )


@login_required
@require_POST
def stop(request: SignedInRequest, session: UUID, capture: UUID) -> HttpResponse:
    found = _capture(request, session, capture)
    captures.stop(found)
    return answer(request, found.session)


@login_required
@require_POST
@form_on("labs:session")
def delete(request: SignedInRequest, session: UUID, capture: UUID) -> HttpResponse:
    """Delete a capture. One that still runs is stopped first."""
    found = _capture(request, session, capture)
    if found.ended_at is None:
        captures.stop(found)
    try:
        captures.remove(found)
    except OSError:
        logger.exception("%s could not be removed", found)
        why = _("The capture could not be deleted, because its files could not be removed. Tell the administrator.")
        return refusal(request, found.session, "capture_error", why)
    return answer(request, found.session)
