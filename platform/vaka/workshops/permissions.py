"""Who may look after a workshop, and whom they look after. To all others neither exists."""

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
from vaka.workshops.models import PLANNERS, Role, Seat, Workshop, WorkshopStaff

type View[**P] = Callable[Concatenate[SignedInRequest, Workshop, P], HttpResponse]


def role_in(workshop: Workshop, user: User) -> Role:
    """The user's role; Http404 for who has none."""
    role = workshop.role_of(user)
    if role is None:
        raise Http404(f"workshop {workshop.pk}")
    return role


def for_team[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """The view is for all who run the workshop, helpers too; it gets the workshop itself."""
    return _only(view, tuple(Role))


def for_planners[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """The view is for its lead and co-instructors: helpers are refused, strangers find nothing."""
    return _only(view, PLANNERS)


def while_held[**P](view: View[P]) -> View[P]:
    """Once the workshop is over, nothing is done at its seats: its people are their own again."""

    @wraps(view)
    def checked(request: SignedInRequest, workshop: Workshop, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if workshop.is_over:
            messages.warning(request, _("This workshop is over: nothing can be done at its seats any more."))
            return redirect("workshops:room", workshop=workshop.pk)
        return view(request, workshop, *args, **kwargs)

    return checked


def _only[**P](view: View[P], roles: tuple[Role, ...]) -> Callable[..., HttpResponse]:
    @login_required
    @never_cache
    @wraps(view)
    def checked(request: SignedInRequest, workshop: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = get_object_or_404(Workshop, pk=workshop)
        if role_in(found, request.user) not in roles:
            raise PermissionDenied
        return view(request, found, *args, **kwargs)

    return checked


def labs_of(user: User) -> QuerySet[LabSession]:
    """The labs of workshops that the user leads, or leads with others, while these are not over. ``labs`` asks (LAB_TEACHING)."""
    mine = Q()
    for workshop in Workshop.objects.planned_by(user):
        if not workshop.is_over:
            mine |= Q(pk__in=workshop.lab_sessions().values("pk"))
    return LabSession.objects.filter(mine) if mine else LabSession.objects.none()


def trainees_of(user: User) -> QuerySet[Seat, Any]:
    """Who sits in workshops that the user leads, while these are held. ``accounts`` asks (PEOPLE_TRAINEES)."""
    held = [workshop.pk for workshop in Workshop.objects.planned_by(user) if not workshop.is_over]
    return Seat.objects.taken().filter(workshop__in=held).values("user")


def who_run_something() -> QuerySet[WorkshopStaff, Any]:
    return WorkshopStaff.objects.values("user")
