"""The changes of a learner in a running lab, and their configurations as a zip. The page waits while the relay reads the nodes."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labs.engine import cpu_budget
from labs.engine.adapters.daemons import is_router
from labs.engine.errors import EngineError, TooMuch
from labs.engine.runtime.archive import archive
from labs.engine.runtime.changes import NodeState, collect
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.differences import differences
from labs.engine.shared import pace
from labs.engine.state import reading
from labs.engine.state.unapplied import Unapplied, unapplied
from labs.lifecycle import cables
from labs.models import LabSession, State
from labs.pages.lab_page import LabPage
from labs.registry import versions
from vaka.accounts.requests import SignedInRequest
from vaka.web.cache_lock import CacheLock

# The longest time that the page waits for a lab, on a machine of pace 1: the lab's client multiplies it
SECONDS = 8.0
READ_LOCK = timedelta(seconds=pace.seconds(20))  # the longest time that a reading which never ended blocks the next one


class NotRead(Exception):
    """The nodes could not be read; the text tells the learner why."""


def _read(page: LabPage, session: LabSession) -> dict[str, NodeState]:
    if session.state != State.READY or session.is_being_prepared:
        raise NotRead(_("The nodes cannot be read, because the lab is not running. Start it first."))
    lock = CacheLock(f"labs:reading:{session.pk}", READ_LOCK.total_seconds())
    if not lock.take():
        raise NotRead(_("Your nodes are already being read. Try again in a moment."))
    try:
        with cpu_budget.of(session.pk):
            states = collect(page.lab, LabClient(settings.RELAY_SOCKET, str(session.pk)), seconds=SECONDS)
            return cables.without_unplugged(session, page.lab, states)
    except TooMuch as error:
        raise NotRead(error.text.translated(_)) from error
    except EngineError as error:
        raise NotRead(_("Your nodes did not answer. Try again in a moment.")) from error
    finally:
        lock.release()


def _unapplied(page: LabPage, session: LabSession) -> list[Unapplied]:
    """Return what the routers' daemons have configured and their kernels lack. If they do not answer, nothing is said."""
    own = [node.name for node in page.lab.nodes.values() if node.learner and is_router(node)]
    if not own:
        return []
    try:
        with cpu_budget.of(session.pk):
            return unapplied(reading.take(page.lab, LabClient(settings.RELAY_SOCKET, str(session.pk)), own))
    except (TooMuch, EngineError):
        return []


def _page_and_session(request: SignedInRequest, session: UUID) -> tuple[LabPage, LabSession]:
    found = get_object_or_404(LabSession.objects.of(request.user), pk=session)
    try:
        return LabPage.of(found, request.user), found
    except versions.NoSuchLab as error:
        raise Http404(found.lab) from error


@login_required
@require_GET
@never_cache
def changes(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The changes since the start, as a page; for the script of the lab page, the part of it that a dialog shows."""
    page, found = _page_and_session(request, session)
    template = "labs/changes.html#part" if request.headers.get("X-Vaka") == "part" else "labs/changes.html"
    try:
        states = _read(page, found)
    except NotRead as error:
        return render(request, template, {"page": page, "error": str(error)})
    incomplete = [name for name, state in states.items() if not state.complete]
    found_differences = differences(found.initial_state, states) if found.initial_state else None
    context = {
        "page": page,
        "differences": found_differences,
        "incomplete": incomplete,
        "unapplied": _unapplied(page, found),
    }
    return render(request, template, context)


@login_required
@require_GET
@never_cache
def download(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The configurations and the changed files of the learner's nodes, as a zip."""
    page, found = _page_and_session(request, session)
    try:
        states = _read(page, found)
    except NotRead as error:
        return render(request, "labs/changes.html", {"page": page, "error": str(error)}, status=409)
    zipped = archive(page.lab.id, states)
    headers = {"Content-Disposition": f'attachment; filename="{page.lab.id}.zip"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(zipped, content_type="application/zip", headers=headers)
