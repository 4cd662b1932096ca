"""The buttons of the lab page: start, check, reset, save, extend and stop."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labs.lifecycle import checks_a_day, saves, services
from labs.models import EXAM_IS_OVER, Job, Save, WrongState
from labs.registry import versions
from labs.views.button_responses import answer, answer_job, answer_too_many
from labs.views.session_or_404 import own_session, page_of, shared_session
from labs.views.start_refused import another_lab_runs, not_admitted
from vaka.accounts.requests import SignedInRequest

# The second is from a page that was open while the site was updated
UNGRADED = (Job.Kind.UNGRADED_CHECK, "look")


@login_required
@require_POST
def start(request: SignedInRequest, lab: str) -> HttpResponse:
    """Request a session of the lab; with ``resume``, from that saved work.

    With ``newest`` too, from the newest work: since the page was made, there may have been more in another window.
    With ``new_values``, with other parameters, for learners who have skipped stages.
    """
    save = saves.newest_of_lab_itself(request.user, lab) if "newest" in request.POST else None
    if save is None and request.POST.get("resume"):
        save = _save_in_form(request, "resume", lab)
    if versions.newest_or_404(lab).has_bots and not (save and save.session.is_class):
        reason = _("This lab is a class lab. An instructor starts it, and each trainee takes a class-lab seat in it.")
        return not_admitted(request, versions.newest_or_404(lab), reason)
    try:
        new_values = "new_values" in request.POST
        found = services.request_session(request.user, versions.newest_or_404(lab).id, save, new_values=new_values)
    except services.HasAnother as error:
        return another_lab_runs(request, versions.newest_or_404(lab), error.session)
    except services.MayNotStart as reason:
        return not_admitted(request, versions.newest_or_404(lab), str(reason))
    return answer(request, found)


def _save_in_form(request: SignedInRequest, field: str, lab: str) -> Save:
    """Return the saved work that a field of the form names, if it is the user's. Raises Http404."""
    try:
        mine = Save.objects.resumable().filter(learner=request.user, lab=lab)
        return get_object_or_404(mine, pk=UUID(request.POST.get(field, "")))
    except ValueError as error:
        raise Http404(lab) from error


@login_required
@require_POST
def check(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Request an attempt; with ``kind=ungraded``, a check without a grade."""
    found = shared_session(request, session)
    kind = Job.Kind.UNGRADED_CHECK if request.POST.get("kind") in UNGRADED else Job.Kind.ATTEMPT
    seat = found.seat_of(request.user)
    if not checks_a_day.has_checks_left(found, kind, seat):
        if found.is_class and kind == Job.Kind.UNGRADED_CHECK:
            reason = _(
                "This class lab was checked without a grade %(most)d times in the last 24 hours, so it is not checked now. "
                "Attempts and live checks go on. Try again in an hour."
            )
            return answer_too_many(request, found, reason % {"most": checks_a_day.UNGRADED_CHECKS_OF_A_CLASS})
        reason = _(
            "Your work was checked %(most)d times in the last 24 hours, so it is not checked now. Your points are kept, and "
            "live checks go on. Try again in an hour."
        )
        return answer_too_many(request, found, reason % {"most": checks_a_day.CHECKS_A_DAY})
    return answer_job(request, found, lambda: services.request_check(found, kind, seat))


@login_required
@require_http_methods(["GET", "POST"])
def reset(request: SignedInRequest, session: UUID) -> HttpResponse:
    """GET: ask which node to reset. POST: reset ``node``, or all nodes if it is empty."""
    found = shared_session(request, session)
    page = page_of(request, found)
    if request.method == "GET":
        return render(request, "labs/reset.html", {"page": page})
    node = request.POST.get("node", "")
    is_all = not node and not page.seat
    if not is_all and node not in [one.name for one in page.reset.nodes]:
        raise Http404(node)
    return answer_job(request, found, lambda: services.request_reset(found, node or None))


@login_required
@require_POST
def save(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Save the learner's work now."""
    found = own_session(request, session)
    return answer_job(request, found, lambda: services.request_save(found))


@login_required
@require_POST
def go_back(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Return the learner's running lab to saved work, which ``save`` names."""
    found = own_session(request, session)
    try:
        services.request_go_back(found, _save_in_form(request, "save", found.lab))
    except (WrongState, Http404):
        found.refresh_from_db()
        reason = _(
            "The lab did not go back: it is not running, or this save is not there any more. Choose a save from the list."
        )
        messages.warning(request, _(EXAM_IS_OVER) if found.exam_is_over else reason)
    return answer(request, found)


@login_required
@require_POST
def extend(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Move the end of the learner's lab."""
    found = own_session(request, session)
    try:
        services.extend_session(found)
    except WrongState:
        found.refresh_from_db()
        messages.warning(
            request,
            _("No time was added. You can add time only shortly before the end, and only a limited number of times."),
        )
    return answer(request, found)


@login_required
@require_POST
def stop(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Stop the learner's lab. With ``then``, go on to that lab, which could not start while this one ran."""
    found = own_session(request, session)
    if found.exam:
        messages.warning(request, _("This is an exam, so the lab was not stopped. To end it, hand it in."))
        return answer(request, found)
    services.stop_session(found)
    found.refresh_from_db()
    if "then" in request.POST:
        return redirect("labs:lab", lab=versions.newest_or_404(request.POST["then"]).id)
    return answer(request, found)
