"""The permissions to run a workshop, to manage the labs of its seats, and to have a seat. For others it does not exist (404).

Which labs and attempts of a trainee these are: ``vaka.workshops.visible_to_team``.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from labs.models import LabSession
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.workshops import visible_to_team
from vaka.workshops.models import PLANNERS, Role, Seat, TeamMember, Workshop

type View[**P] = Callable[Concatenate[SignedInRequest, Workshop, P], HttpResponse]


def role_in(workshop: Workshop, user: User) -> Role:
    """The user's role in the workshop. Raises Http404 if there is none."""
    role = workshop.role_of(user)
    if role is None:
        raise Http404(f"workshop {workshop.pk}")
    return role


def may_plan(workshop: Workshop, user: User) -> bool:
    """Whether the user is the lead or a co-instructor: they change the plan and close the workshop. Helpers do not."""
    return workshop.role_of(user) in PLANNERS


def is_invited(workshop: Workshop, user: User) -> bool:
    """Whether somebody has added the user to the team, and they have not answered."""
    return workshop.team.filter(user=user, accepted_at=None).exists()


def roles_of(user: User) -> QuerySet[TeamMember]:
    """The roles that the user has accepted in workshops, also in those that are over."""
    return TeamMember.objects.accepted().filter(user=user)


def own_seat(request: SignedInRequest, workshop: int) -> Seat:
    """The user's seat in the workshop. Raises Http404 if there is none."""
    mine = Seat.objects.of(request.user).select_related("workshop", "user")
    return get_object_or_404(mine, workshop=workshop)


def workshop_of(request: SignedInRequest, workshop: int) -> Workshop:
    """The workshop, for people with a seat in it and for its team. Raises Http404 for all others."""
    found = get_object_or_404(Workshop, pk=workshop)
    if not found.role_of(request.user) and not Seat.objects.of(request.user).filter(workshop=found).exists():
        raise Http404(found)
    return found


def for_team[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit the whole team, helpers too. The view gets the workshop instead of its id."""
    return _only_for(view, tuple(Role))


def for_team_and_invited[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit the team, and those who were added to it and have not answered. The view gets the workshop instead of its id."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: SignedInRequest, workshop: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = get_object_or_404(Workshop, pk=workshop)
        if not is_invited(found, request.user):
            role_in(found, request.user)
        return view(request, found, *args, **kwargs)

    return checked


def for_planners[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit the lead and co-instructors only. Helpers get 403, everybody else 404."""
    return _only_for(view, PLANNERS)


def while_held[**P](view: View[P]) -> View[P]:
    """Refuse actions on seats once the workshop is over."""

    @wraps(view)
    def checked(request: SignedInRequest, workshop: Workshop, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if workshop.is_over:
            messages.warning(request, _("This workshop is over. No actions are possible at its seats."))
            return redirect("workshops:room", workshop=workshop.pk)
        return view(request, workshop, *args, **kwargs)

    return checked


def _only_for[**P](view: View[P], roles: tuple[Role, ...]) -> Callable[..., HttpResponse]:
    @login_required
    @never_cache
    @wraps(view)
    def checked(request: SignedInRequest, workshop: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = get_object_or_404(Workshop, pk=workshop)
        if role_in(found, request.user) not in roles:
            raise PermissionDenied
        return view(request, found, *args, **kwargs)

    return checked


def lab_sessions_of(user: User) -> QuerySet[LabSession]:
    """Lab sessions of workshops that the user leads, alone or as co-instructor, while these are held; with their class labs.

    ``labs`` calls it (LAB_TEACHING).
    """
    mine = Q()
    for workshop in Workshop.objects.planned_by(user):
        if not workshop.is_over:
            mine |= Q(pk__in=visible_to_team.all_labs(workshop).values("pk"))
    return LabSession.objects.filter(mine) if mine else LabSession.objects.none()


def class_labs_for(user: User) -> QuerySet[LabSession]:
    """Class labs of open agenda items that the teams of the user's workshops run. ``labs`` calls it (LAB_CLASSES)."""
    theirs = Q()
    seats = Seat.objects.taken().filter(user=user).select_related("workshop")
    for workshop in (seat.workshop for seat in seats if not seat.workshop.is_over):
        labs = {lab for item in workshop.agenda.exclude(opened_at=None) for lab in item.labs}
        theirs |= Q(lab__in=labs, learner__in=workshop.accepted_team.values("user"), created_at__gte=workshop.begins)
    return LabSession.objects.filter(theirs) if theirs else LabSession.objects.none()


def trainees_of(user: User) -> QuerySet[Seat, Any]:
    """People with a seat in workshops that the user leads, while these are held.

    ``accounts`` calls it (PEOPLE_TRAINEES), and ``labs`` (LAB_TRAINEES).
    """
    held = [workshop.pk for workshop in Workshop.objects.planned_by(user) if workshop.is_held]
    return Seat.objects.taken().filter(workshop__in=held).values("user")


def who_run_something() -> QuerySet[TeamMember, Any]:
    """People who have accepted a role in any workshop. ``accounts`` calls it (PEOPLE_WITH_A_PART)."""
    return TeamMember.objects.accepted().values("user")
