"""Skipping to a stage: a learner in their own lab, an instructor in one lab within reach, or in all that run."""

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
from labs.lifecycle import earned_stages, services, skip_all_to_stage
from labs.models import ExamIsOver, Job, LabSession, State, WrongState
from labs.pages.lab_page import LabPage
from labs.registry import versions
from labs.translations import authored
from labs.views.administration_log import record, record_all
from labs.views.button_responses import answer, answer_job
from vaka.accounts.requests import SignedInRequest


def _stage(lab: Lab, wanted: str) -> Stage | None:
    """Return the stage to skip to, or None if none is named. The first stage cannot be: that would be a reset."""
    found = next((stage for stage in lab.stages[1:] if stage.id == wanted), None)
    if wanted and found is None:
        raise Http404(wanted)
    return found


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def skip(request: SignedInRequest, session: UUID) -> HttpResponse:
    """GET: say what it costs to skip to a stage. POST: skip."""
    within_reach = permissions.of(request.user).exclude(learner=None).select_related("trouble_ticket")
    found = get_object_or_404(within_reach, pk=session)
    is_own = found.learner_id == request.user.pk
    try:
        page = LabPage.of(found, found.learner or request.user)
    except versions.NoSuchLab as error:
        raise Http404(found.lab) from error
    to = _stage(page.lab, request.POST.get("stage") or request.GET.get("stage", ""))
    here = reverse("labs:skip", args=[found.pk])
    is_open = page.is_ready and not found.exam_is_over
    if is_own and to and is_open and to not in [view.stage for view in page.stages.skippable]:
        text = _("You have come to “%(stage)s” already, so nothing was reset. To begin again, reset all nodes.")
        messages.warning(request, text % {"stage": authored(to.title)})
        return answer(request, found)
    if request.method == "POST" and to:
        if is_own:
            return answer_job(request, found, lambda: services.request_skip(found, to.id))
        return _skip_for_learner(request, found, to, here)
    earned = earned_stages.of(found, page.lab)
    before = page.lab.stages[: page.lab.stages.index(to)] if to else ()
    skipped = [stage for stage in before if stage.id not in earned]
    context = {
        "page": page,
        "session": found,
        "is_own": is_own,
        "to": to,
        "skipped": skipped,
        "lost": [authored(stage.title) for stage in skipped if stage.id in page.stages.never_earned],
        "stages": page.lab.stages[1:],
        "back": reverse("labs:lab", args=[page.lab.id]) if is_own else here,
    }
    part = "#part" if request.headers.get("X-Vaka") == "part" else ""
    return render(request, f"labs/skip_to_stage.html{part}", context)


def _skip_for_learner(request: SignedInRequest, session: LabSession, to: Stage, here: str) -> HttpResponse:
    try:
        job = services.request_skip(session, to.id)
    except ExamIsOver:
        messages.warning(
            request, _("This is an exam, and its time is over, so nothing was done. Its work is being graded.")
        )
    except WrongState:
        messages.warning(request, _("The lab is not running, so nothing was done. Start it first."))
    else:
        if job.kind == Job.Kind.SKIP:
            record(request, session, f"Skipped to the stage {to.id}.")
            messages.success(request, _("The lab is skipping to “%(stage)s”.") % {"stage": to.title})
        else:
            messages.warning(request, _("The lab is busy with another job. Try again in a moment."))
    return redirect(here)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def skip_all(request: SignedInRequest, lab: str) -> HttpResponse:
    """Skip to a stage in all sessions of this lab that run within an instructor's reach. Answers 404 to others."""
    if not request.user.is_instructor:
        raise Http404
    found, within_reach = versions.newest_or_404(lab), permissions.of(request.user).exclude(learner=None)
    to = _stage(found, request.POST.get("stage") or request.GET.get("stage", ""))
    if request.method == "POST" and to:
        skipping, busy, ahead = skip_all_to_stage.request_skips(found.id, to.id, within_reach)
        record_all(request, skipping, f"Skipped to the stage {to.id} in all labs.")
        said = ngettext("%(n)d lab is skipping to the stage.", "%(n)d labs are skipping to the stage.", len(skipping))
        messages.success(request, said % {"n": len(skipping)})
        if busy:
            left = ngettext(
                "%(n)d lab is busy with another job and was left out. Try again in a moment.",
                "%(n)d labs are busy with another job and were left out. Try again in a moment.",
                busy,
            )
            messages.warning(request, left % {"n": busy})
        if ahead:
            left = ngettext(
                "%(n)d lab is left as it is: its learner has come as far.",
                "%(n)d labs are left as they are: their learners have come as far.",
                ahead,
            )
            messages.info(request, left % {"n": ahead})
        return redirect("labs:skip_all", lab=found.id)
    running = list(within_reach.filter(lab=found.id, state=State.READY))
    ahead = sum(skip_all_to_stage.is_ahead(session, to.id) for session in running) if to else 0
    counts = {"running": len(running), "behind": len(running) - ahead, "ahead": ahead}
    context = {"lab": found, "stages": found.stages[1:], "to": to, **counts}
    return render(request, "labs/skip_all_to_stage.html", context)
