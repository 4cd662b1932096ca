"""The beginning and the end of a mentorship: a trainee answers an invitation or a transfer, and either side ends it."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.models import Mentorship
from vaka.mentoring.permissions import for_members, mentorship_to_end


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: SignedInRequest, key: str) -> HttpResponse:
    """An invitation by link: what the trainee agrees to, and the buttons to accept or decline."""
    rows = Mentorship.objects.waiting().filter(trainee=None).exclude(key="")
    found = rows.select_related("mentor", "programme").filter(key=key).first()
    if found is None:
        return _invitation_over(request)
    if request.method == "POST":
        return _answer(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_name(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """An invitation by username, or a transfer: what the trainee agrees to, and the buttons to accept or decline."""
    rows = Mentorship.objects.waiting().filter(trainee=request.user)
    found = rows.select_related("mentor", "programme", "follows__mentor").filter(pk=mentorship).first()
    if found is None:
        return _invitation_over(request)
    if request.method == "POST":
        return _answer(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


def _invitation_over(request: SignedInRequest) -> HttpResponse:
    """The answer to an invitation that nobody can accept now. It does not say whether there ever was one."""
    return render(request, "mentoring/invitation_over.html", status=HTTPStatus.NOT_FOUND)


def _answer(request: SignedInRequest, invitation: Mentorship) -> HttpResponse:
    if request.POST.get("answer") != "yes":
        if invitation.trainee_id:  # a link stays valid for somebody else
            services.end_mentorship(invitation, request.user)
        messages.success(request, _("You declined the invitation. The mentor cannot see your work."))
        return redirect("mentoring:my_mentors")
    try:
        services.accept_invitation(invitation, request.user)
    except services.NotPossible as reason:
        messages.error(request, str(reason))
    else:
        name = invitation.mentor.shown_name
        messages.success(request, _("%(name)s is your mentor now and can see your work.") % {"name": name})
    return redirect("mentoring:my_mentors")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def end_mentorship(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """End a mentorship or withdraw an invitation, after a confirmation.

    The trainee, the mentor and whoever manages the programme may do this.
    """
    found = mentorship_to_end(request, mentorship)
    is_trainee = found.trainee_id == request.user.pk
    if request.method == "POST":
        services.end_mentorship(found, request.user)
        if found.consented_at:
            messages.success(request, _("The mentorship is ended. The mentor cannot see the trainee's work any more."))
        else:
            messages.success(request, _("The invitation is withdrawn."))
        if is_trainee:
            return redirect("mentoring:my_mentors")
        return redirect("mentoring:hour" if found.mentor_id == request.user.pk else "mentoring:programmes")
    return render(request, "mentoring/end_mentorship.html", {"mentorship": found, "is_trainee": is_trainee})
