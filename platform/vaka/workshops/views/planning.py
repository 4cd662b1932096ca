"""The pages on which a workshop is planned. Those of its agenda and its team are in agenda and team."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.loader import catalogue
from labs.registry import versions
from labs.translations import authored, translated
from vaka.accounts.requests import SignedInRequest
from vaka.workshops.forms import TeamForm, WorkshopForm
from vaka.workshops.models import Rehearsal, Workshop
from vaka.workshops.permissions import for_planners, for_team_and_invited, is_invited, may_plan
from vaka.workshops.services import (
    closing,
    preflight_of_plan,
    preflight_of_site,
    rehearsal,
    workshop_changes,
)
from vaka.workshops.services.agenda_links import lessons_of
from vaka.workshops.services.capacity import capacity_for
from vaka.workshops.views.addresses import join_url
from vaka.workshops.views.form_page import form_page


@login_required
@require_safe
@never_cache
def workshops(request: SignedInRequest) -> HttpResponse:
    """The workshops that the user runs."""
    found = list(Workshop.objects.run_by(request.user))
    if not found and not request.user.is_instructor:
        raise PermissionDenied
    return render(request, "workshops/workshops.html", {"workshops": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def create(request: SignedInRequest) -> HttpResponse:
    if not request.user.is_instructor:
        raise PermissionDenied
    today = timezone.localdate()
    initial = {"time_zone": request.user.time_zone, "first_day": today, "last_day": today}
    form = WorkshopForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        created = workshop_changes.make(form.save(commit=False), request.user)
        return redirect("workshops:plan", workshop=created.pk)
    return form_page(request, form, _("Create workshop"))


@for_team_and_invited
@require_safe
def plan(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The plan: days, capacity, agenda, rehearsals and team."""
    courses = catalogue(settings.COURSE_CONTENT)
    labs = {lab.id: authored(lab.title) for lab in versions.all_labs()}
    agenda = [
        (
            item,
            [courses[id_] for id_ in item.courses if id_ in courses],
            lessons_of(item),
            [labs.get(id_, id_) for id_ in item.labs],
        )
        for item in workshop.agenda.select_related("workshop").prefetch_related("pools")
    ]
    capacity, plans = capacity_for(workshop), may_plan(workshop, request.user)
    invited = is_invited(workshop, request.user)
    rehearsals = [(one, labs.get(one.lab, one.lab), _failures(one)) for one in workshop.rehearsals.all()]
    context = {
        "workshop": workshop,
        "agenda": agenda,
        "capacity": capacity,
        "rehearsals": rehearsals,
        "is_rehearsing": any(one.ended_at is None for one, _title, _failed in rehearsals),
        "team": workshop.team.select_related("user"),
        "waits_for_answer": invited,
        "only_reads": invited and workshop.role_of(request.user) is None,
        "team_form": TeamForm(by=request.user),
        "may_plan": plans,
        "was_used": closing.was_used(workshop),
        "preflight": [
            *preflight_of_plan.findings(workshop, capacity),
            *preflight_of_site.findings(workshop, join_url(request)),
        ],
        "people": workshop_changes.people_to_ask(request.user) if plans else [],
    }
    return render(request, "workshops/plan.html", context)


def _failures(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    """(title, what it saw) of each check that did not pass."""
    return [(authored(one["title"]), translated(one["seen"])) for one in rehearsal.failed]


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    form = WorkshopForm(request.POST or None, instance=workshop)
    if request.method == "POST" and form.is_valid():
        try:
            moved = workshop_changes.change(form.save(commit=False))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if moved:
                text = ngettext(
                    "%(n)d agenda item moved with the first day.", "%(n)d agenda items moved with the first day.", moved
                )
                messages.success(request, text % {"n": moved})
            return redirect("workshops:plan", workshop=workshop.pk)
    if request.method == "POST":
        workshop.refresh_from_db()
    return form_page(request, form, _("Change workshop"), workshop)


@for_planners
@require_POST
def copy(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    if not request.user.is_instructor:
        raise PermissionDenied
    new = workshop_changes.copy(workshop, request.user)
    text = _("This is the copy, on the same weekdays. If you change its first day, its agenda items move too.")
    messages.success(request, text)
    return redirect("workshops:plan", workshop=new.pk)


@for_planners
@require_POST
def rehearse(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    count = rehearsal.begin(workshop)
    text = ngettext("Rehearsing %(n)d lab.", "Rehearsing %(n)d labs, one after another.", count)
    messages.success(request, text % {"n": count})
    return redirect("workshops:plan", workshop=workshop.pk)
