"""Skipping to a stage: a learner in their own lab, who teaches in a lab within reach, or in all of these that run."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labs import permissions
from labs.engine.definition.spec import Lab, Stage
from labs.lifecycle import services
from labs.models import Job, LabSession, State, WrongState
from labs.pages.lab_page import LabPage
from labs.registry import versions
from labs.views.end_of_day import write_down_all
from labs.views.lab_page import answer_job
from labs.views.sessions import write_down
from vaka.accounts.requests import SignedInRequest


def _stage(lab: Lab, wanted: str) -> Stage | None:
    """The stage that is to be next; the first one has nothing before it, and is a reset."""
    found = next((stage for stage in lab.stages[1:] if stage.id == wanted), None)
    if wanted and found is None:
        raise Http404(wanted)
    return found


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def jump(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Say what it costs to skip to a stage; or skip."""
    mine = permissions.of(request.user) if request.user.is_instructor else LabSession.objects.of(request.user)
    found = get_object_or_404(mine.exclude(learner=None), pk=session)
    own = found.learner_id == request.user.pk
    try:
        page = LabPage.of(found, found.learner or request.user)
    except versions.NoSuchLab as error:
        raise Http404(found.lab) from error
    to = _stage(page.lab, request.POST.get("stage") or request.GET.get("stage", ""))
    here = reverse("labs:jump", args=[found.pk])
    if request.method == "POST" and to:
        if own:
            return answer_job(request, found, lambda: services.request_jump(found, to.id))
        return _jump_for(request, found, to, here)
    over = page.lab.stages[: page.lab.stages.index(to)] if to else ()
    back = reverse("labs:lab", args=[page.lab.id]) if own else here
    facts = {"page": page, "session": found, "own": own, "to": to, "over": over, "back": back}
    part = "#part" if request.headers.get("X-Vaka") == "part" else ""
    return render(request, f"labs/skip_to_stage.html{part}", facts | {"stages": page.lab.stages[1:]})


def _jump_for(request: SignedInRequest, session: LabSession, to: Stage, here: str) -> HttpResponse:
    try:
        asked = services.request_jump(session, to.id)
    except WrongState:
        messages.warning(request, _("The lab is not running, so nothing was done."))
    else:
        if asked.kind == Job.Kind.JUMP:
            write_down(request, session, f"Brought the lab to the stage {to.id}.")
            messages.success(request, _("The lab is being brought to “%(stage)s”.") % {"stage": to.title})
        else:
            messages.warning(request, _("Something else is being done to that lab. Try again in a moment."))
    return redirect(here)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def jump_of_all(request: SignedInRequest, lab: str) -> HttpResponse:
    """Bring all labs within reach that run to a stage: for who teaches, to others nothing is here."""
    if not request.user.is_instructor:
        raise Http404
    found, mine = versions.newest_or_404(lab), permissions.of(request.user).exclude(learner=None)
    to = _stage(found, request.POST.get("stage") or request.GET.get("stage", ""))
    if request.method == "POST" and to:
        jump, busy = services.request_jump_of_all(found.id, to.id, mine)
        write_down_all(request, jump, f"Brought the room to the stage {to.id}.")
        said = ngettext("%(n)d lab is being brought there.", "%(n)d labs are being brought there.", len(jump))
        said %= {"n": len(jump)}
        messages.success(request, said)
        if busy:
            left = _("In %(n)d something else is being done just now. Try again in a moment.") % {"n": busy}
            messages.warning(request, left)
        return redirect("labs:jump-of-all", lab=found.id)
    running = mine.filter(lab=found.id, state=State.READY).count()
    facts = {"lab": found, "stages": found.stages[1:], "to": to, "running": running}
    return render(request, "labs/skip_all_to_stage.html", facts)
