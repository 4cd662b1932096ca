"""Pages on which an instructor makes a class lab, and says who sits where in it; and the way out of one for who sits there."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labs import permissions
from labs.engine.definition.spec import Lab
from labs.lifecycle import class_labs, services
from labs.models import LIVE, LabSession
from labs.registry import versions
from labs.views.sessions import for_staff, write_down
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest


class NotSo(Exception):
    """What was written cannot be done; the text says why."""


def _person(name: str) -> User:
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise NotSo(_("Nobody here has the username “%(name)s”.") % {"name": name})
    return found


def _people(names: Mapping[str, str]) -> dict[str, User]:
    """Return who gets each seat for which a name was written."""
    people = {seat: _person(name) for seat, name in names.items() if name}
    if not people:
        raise NotSo(_("Write at least one username."))
    for person in people.values():
        if sum(other == person for other in people.values()) > 1:
            raise NotSo(_("%(name)s cannot have two seats.") % {"name": person.username})
    return people


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: SignedInRequest) -> HttpResponse:
    """Choose a lab, write a name at each seat, and start it."""
    labs = {lab.id: lab for lab in versions.all_labs() if lab.seats}
    lab = labs.get(request.POST.get("lab", "") or request.GET.get("lab", ""))
    names = {plan.id: request.POST.get(f"seat-{plan.id}", "").strip()[:150] for plan in lab.seats} if lab else {}
    error = ""
    if request.method == "POST" and lab:
        try:
            session = class_labs.begin(request.user, lab.id, _people(names))
        except NotSo as reason:
            error = str(reason)
        except services.HasAnother:
            error = _("A lab of your own runs. Stop it first: a class lab is its instructor's one lab at a time.")
        else:
            write_down(request, session, gettext_noop("Made a class lab."))
            return redirect("labs:seats", session=session.pk)
    seats = [(plan, names[plan.id]) for plan in lab.seats] if lab else []
    context = {"labs": labs.values(), "lab": lab, "seats": seats, "error": error}
    return render(request, "labs/make_class_lab.html", context, status=422 if error else 200)


def _class(request: SignedInRequest, session: UUID) -> tuple[LabSession, Lab]:
    found = get_object_or_404(permissions.class_labs_of(request.user).filter(state__in=LIVE), pk=session)
    lab = versions.of_or_404(found)
    if not lab.seats:
        raise Http404("This lab is for one person.")
    return found, lab


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def seats(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Who sits where; and a seat for one more."""
    found, lab = _class(request, session)
    error, status = "", 200
    if request.method == "POST":
        try:
            _sit_down(request, found, lab)
        except NotSo as reason:
            error, status = str(reason), 422
        else:
            return redirect("labs:seats", session=found.pk)
    taken = list(found.seats.select_related("user").order_by("pk"))
    nodes = [seat.nodes for seat in taken]
    free = [plan for plan in lab.seats if list(plan.nodes) not in nodes]
    context = {"session": found, "lab": lab, "taken": taken, "free": free, "error": error}
    return render(request, "labs/class_lab_seats.html", context, status=status)


def _sit_down(request: SignedInRequest, session: LabSession, lab: Lab) -> None:
    plan = next((plan for plan in lab.seats if plan.id == request.POST.get("seat")), None)
    if plan is None or not session.seats.exists():  # the first seat would make a class of somebody's own lab
        raise NotSo(_("There is no such seat."))
    if session.seats.filter(nodes=list(plan.nodes)).exists():
        raise NotSo(_("Somebody sits there already."))
    person = _person(request.POST.get("name", "").strip()[:150])
    if person.pk == session.learner_id:
        raise NotSo(_("%(name)s has the whole lab already.") % {"name": person.username})
    class_labs.put(session, person, plan.nodes)
    write_down(
        request, session, f"Gave {person.username} the seat {plan.id}.", f"Gave user {person.pk} the seat {plan.id}."
    )


@for_staff
@require_POST
def remove(request: SignedInRequest, session: UUID, seat: int) -> HttpResponse:
    """Take a seat away: its holder's terminals close at once."""
    mine = get_object_or_404(permissions.class_labs_of(request.user), pk=session)
    found = get_object_or_404(mine.seats.select_related("session", "user"), pk=seat)
    if class_labs.remove(found.session, found.user):
        write_down(
            request,
            found.session,
            f"Took the seat of {found.user.username} away.",
            f"Took the seat of user {found.user_id} away.",
        )
        messages.success(request, _("The seat is free."))
    return redirect("labs:seats", session=session)


@login_required
@require_POST
@never_cache
def leave(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Give one's seat up: nobody is kept in a class lab in which somebody else has put them."""
    found = get_object_or_404(LabSession, pk=session, seats__user=request.user)
    class_labs.remove(found, request.user)
    messages.success(request, _("You have left the class lab. The nodes of your seat are made new."))
    return redirect("labs:labs")
