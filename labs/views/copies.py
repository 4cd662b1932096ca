"""Copies: the page on which somebody who may see a learner's lab opens a copy of it. Mentors have the same page (mentoring)."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from labs import permissions
from labs.lifecycle import copies, services
from labs.models import LabSession, Save, State
from labs.registry import versions
from labs.views.administration_log import record
from labs.views.start_refused import another_lab_runs, not_admitted
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Open a copy of a lab within reach. An instructor's own lab needs none."""
    within_reach = permissions.of(request.user).exclude(learner=request.user)
    return open_copy(request, get_object_or_404(within_reach, pk=session))


def open_copy(request: SignedInRequest, original: LabSession) -> HttpResponse:
    """GET: what can be copied. POST: request the copy. The caller has checked that the user may see the lab."""
    lab = versions.newest_or_404(original.lab)
    if not copies.can_be_copied(original):
        raise Http404("There is nothing to copy.")
    if request.method != "POST":
        context = {"original": original, "lab": lab, "is_running": original.state == State.READY}
        return render(request, "labs/copy.html", {**context, "saves": original.saves.all()})
    save = _chosen(request, original)
    try:
        made = services.request_copy(request.user, original, save)
    except services.HasAnother as error:
        return another_lab_runs(request, lab, error.session)
    except services.MayNotStart as reason:
        return not_admitted(request, lab, str(reason))
    except services.NothingToCopy:
        messages.warning(request, _("No copy was opened: the lab has changed meanwhile. Choose again."))
        return redirect(request.path)
    record(request, original, gettext_noop("Opened a copy of the lab."))
    return redirect("labs:session", session=made.pk)


def _chosen(request: SignedInRequest, original: LabSession) -> Save | None:
    """Return the save that the form names; None for the lab as it is now. Raises Http404."""
    if not request.POST.get("save"):
        return None
    try:
        return get_object_or_404(original.saves, pk=UUID(request.POST["save"]))
    except ValueError as error:
        raise Http404("There is no such save.") from error
