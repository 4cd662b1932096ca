"""The pages and buttons of captures and cables. Who gets in is decided where a session is fetched, in ``_shared`` of ``lab_page``;
what there is his, where it is used: labs.lifecycle.captures, labs.lifecycle.cables.
"""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labs.lifecycle import cables, captures
from labs.models import Capture, ClassSeat, LabSession
from labs.registry import versions
from labs.views.lab_page import _answer, _page, _shared
from vaka.accounts.requests import SignedInRequest

LONGEST_FILTER = 200


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def listen(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Begin a capture; or say how many packets each has heard."""
    found = _shared(request, session)
    if request.method == "GET":
        captures.look(found)
        facts = ("id", "packets", "size", "ended_at")
        return JsonResponse({"captures": list(captures.of(found, request.user).values(*facts))})
    words = " ".join(request.POST.get("filter", "").split())
    seconds = request.POST.get("seconds", "")
    try:
        if len(words) > LONGEST_FILTER:
            raise captures.NotCaptured(_("The filter is too long."))
        if not (seconds.isdecimal() and 1 <= int(seconds) <= captures.MOST_SECONDS):
            raise captures.NotCaptured(_("A capture takes 1 to %(most)d seconds.") % {"most": captures.MOST_SECONDS})
        captures.begin(found, request.user, request.POST.get("interface", ""), words, int(seconds))
    except captures.NotCaptured as error:
        return _refusal(request, found, "capture_said", str(error))
    except (ClassSeat.DoesNotExist, versions.NoSuchLab) as error:
        raise Http404(found.lab) from error
    return _answer(request, found)


def _refusal(request: SignedInRequest, session: LabSession, where: str, said: str) -> HttpResponse:
    """Say why not: in the panel beside the form; without a script on the page that comes next."""
    if request.headers.get("X-Vaka") == "panel":
        return render(request, "labs/lab.html#panel", {"page": _page(request, session), where: said})
    messages.warning(request, said)
    return _answer(request, session)


def _capture(request: SignedInRequest, session: UUID, capture: UUID) -> Capture:
    taken = captures.of(_shared(request, session), request.user)
    return get_object_or_404(taken.select_related("session"), pk=capture)


@login_required
@never_cache
@require_GET
def capture(request: SignedInRequest, session: UUID, capture: UUID) -> HttpResponse:
    """What was heard, as text: a page, or for the lab page's script the part of it."""
    found = _capture(request, session, capture)
    captures.look(found.session)
    found.refresh_from_db()
    template = "labs/capture.html#part" if request.headers.get("X-Vaka") == "part" else "labs/capture.html"
    lines = captures.lines(found)
    return render(request, template, {"capture": found, "lines": lines, "lab": found.session.lab})


@login_required
@never_cache
@require_GET
def pcap(request: SignedInRequest, session: UUID, capture: UUID) -> FileResponse:
    found = _capture(request, session, capture)
    try:
        file = captures.pcap(found).open("rb")
    except FileNotFoundError as error:
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
    return _answer(request, found.session)


@login_required
@require_POST
def delete(request: SignedInRequest, session: UUID, capture: UUID) -> HttpResponse:
    """Remove a capture that is over; one that listens is stopped first."""
    found = _capture(request, session, capture)
    if found.ended_at is None:
        captures.stop(found)
    captures.remove(found)
    return _answer(request, found.session)


@login_required
@require_POST
def cable(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Make a cable as the form says."""
    found = _shared(request, session)
    try:
        cables.change(found, request.user, request.POST)
    except cables.NotDone as error:
        return _refusal(request, found, "cable_said", str(error))
    except (ClassSeat.DoesNotExist, versions.NoSuchLab) as error:
        raise Http404(found.lab) from error
    return _answer(request, found)
