"""The team of a workshop: a planner adds and removes members; a person who was added accepts, or leaves."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on
from vaka.workshops.forms import TeamForm
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_planners, for_team_and_invited
from vaka.workshops.services import team
from vaka.workshops.views.form_page import form_page


@for_planners
@require_POST
def add_to_team(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    form = TeamForm(request.POST, by=request.user)
    if not form.is_valid():
        return form_page(request, form, _("Add a team member"), workshop)
    team.add(workshop, form.cleaned_data["name"], form.cleaned_data["role"], request.user)
    return redirect("workshops:plan", workshop=workshop.pk)


@for_planners
@require_POST
def remove_from_team(request: SignedInRequest, workshop: Workshop, member: int) -> HttpResponse:
    """Remove a team member, who is not the lead."""
    removed = get_object_or_404(workshop.team.select_related("user"), pk=member)
    try:
        team.remove(workshop, removed.user)
    except (team.IsLead, team.NotInTeam) as error:
        raise Http404(f"team member {member}") from error
    return redirect("workshops:plan", workshop=workshop.pk)


@for_team_and_invited
@require_POST
def accept_team(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Accept a part in the team, to which somebody else has added the user."""
    if team.accept(workshop, request.user):
        text = _("You are in the team of %(title)s. Its room shows the class labs that you start during it.")
        messages.success(request, text % {"title": workshop.title})
    return redirect("workshops:plan", workshop=workshop.pk)


@require_POST
@form_on("home:home")
@for_team_and_invited
def leave_team(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Leave the team. The lead cannot."""
    try:
        team.remove(workshop, request.user)
    except team.IsLead:
        messages.warning(request, _("The lead cannot leave a workshop. You can delete or close it."))
        return redirect("workshops:plan", workshop=workshop.pk)
    except team.NotInTeam:  # an administrator
        messages.info(request, _("Nothing changed: you are not in the team of this workshop."))
        return redirect("workshops:plan", workshop=workshop.pk)
    messages.success(request, _("You have left the team of %(title)s.") % {"title": workshop.title})
    return redirect("home:home")
