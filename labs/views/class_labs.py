"""Class labs: pages on which an instructor starts one and gives out its seats, and the buttons with which a learner leaves."""

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
from labs.views.administration_log import record
from vaka.accounts.models import User
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on


class InvalidSeat(Exception):
    """The form asks for a seat that cannot be given; the text tells the instructor why."""


def _user_named(name: str, instructor: User, owner: User | None) -> User:
    """Return the user with this name, if the instructor may give them a seat in a class lab of its owner.

    The answer does not say whether an account exists that is not a trainee of the instructor's.
    """
    if owner and name == owner.username:
        raise InvalidSeat(_("%(name)s needs no seat: the whole lab is theirs. Name somebody else.") % {"name": name})
    found = permissions.may_get_a_seat_from(instructor).filter(username=name).first()
    if found is None and instructor.is_staff:
        raise InvalidSeat(_("There is no account with the username “%(name)s”. Check the spelling.") % {"name": name})
    if found is None:
        text = _(
            "You have no trainee with the username “%(name)s”. Check the spelling. You can give seats to people who have a "
            "seat in a workshop that you lead, from its first day to its end."
        )
        raise InvalidSeat(text % {"name": name})
    return found


def _users_by_seat(lab: Lab, names: Mapping[str, str], instructor: User) -> dict[str, User]:
    """Return the user of each seat for which the form has a username. Bots can play all of them."""
    users = {seat: _user_named(name, instructor, instructor) for seat, name in names.items() if name}
    if not users and not lab.has_bots:
        raise InvalidSeat(_("Enter at least one username."))
    for user in users.values():
        if sum(other == user for other in users.values()) > 1:
            raise InvalidSeat(_("%(name)s cannot have two seats. Name each person once.") % {"name": user.username})
    return users


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: SignedInRequest) -> HttpResponse:
    """Choose a lab, enter a username for each seat, and start the lab."""
    labs = {lab.id: lab for lab in versions.all_labs() if lab.seats}
    lab = labs.get(request.POST.get("lab", "") or request.GET.get("lab", ""))
    names = {plan.id: request.POST.get(f"seat-{plan.id}", "").strip()[:150] for plan in lab.seats} if lab else {}
    error = ""
    if request.method == "POST" and lab:
        try:
            session = class_labs.begin(request.user, lab.id, _users_by_seat(lab, names, request.user))
        except InvalidSeat as reason:
            error = str(reason)
        except services.MayNotStart as reason:
            error = str(reason)
        except services.HasAnother:
            error = _(
                "The class lab did not start: you already run a lab, and only one can run at a time. Stop it first."
            )
        else:
            record(request, session, gettext_noop("Made a class lab."))
            return redirect("labs:seats", session=session.pk)
    seats = [(plan, names[plan.id]) for plan in lab.seats] if lab else []
    context = {"labs": labs.values(), "lab": lab, "seats": seats, "error": error}
    return render(request, "labs/make_class_lab.html", context, status=422 if error else 200)


def _live_class_lab(request: SignedInRequest, session: UUID) -> tuple[LabSession, Lab]:
    found = get_object_or_404(permissions.class_labs_of(request.user).filter(state__in=LIVE), pk=session)
    lab = versions.of_or_404(found)
    if not lab.seats:
        raise Http404("This lab is for one person.")
    return found, lab


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def seats(request: SignedInRequest, session: UUID) -> HttpResponse:
    """The seats of a class lab and their users, and a form that gives a free seat to one more."""
    found, lab = _live_class_lab(request, session)
    error, status = "", 200
    if request.method == "POST":
        try:
            _give_seat(request, found, lab)
        except InvalidSeat as reason:
            error, status = str(reason), 422
        else:
            return redirect("labs:seats", session=found.pk)
    taken = list(found.seats.select_related("user").order_by("pk"))
    nodes = [seat.nodes for seat in taken]
    free = [plan for plan in lab.seats if list(plan.nodes) not in nodes]
    plans = {tuple(plan.nodes): plan.id for plan in lab.seats}
    rows = [(seat, plans.get(tuple(seat.nodes), "")) for seat in taken]
    context = {"session": found, "lab": lab, "rows": rows, "free": free, "error": error}
    return render(request, "labs/class_lab_seats.html", context, status=status)


def _give_seat(request: SignedInRequest, session: LabSession, lab: Lab) -> None:
    plan = next((plan for plan in lab.seats if plan.id == request.POST.get("seat")), None)
    # The first seat would turn a learner's own lab into a class lab
    if plan is None or not (session.is_class or session.seats.exists()):
        raise InvalidSeat(_("There is no such seat. Choose one from the list."))
    if session.seats.filter(nodes=list(plan.nodes)).exists():
        raise InvalidSeat(_("This seat is already taken. Choose another one."))
    user = _user_named(request.POST.get("name", "").strip()[:150], request.user, session.learner)
    class_labs.put(session, user, plan.nodes)
    # Account deletion finds these sentences by their words (labs.lifecycle.names_in_administration_log.NAMING)
    record(request, session, f"Gave {user.username} the seat {plan.id}.", f"Gave user {user.pk} the seat {plan.id}.")


@for_instructors
@require_POST
def remove(request: SignedInRequest, session: UUID, seat: int) -> HttpResponse:
    """Remove a seat. Its terminals close at once."""
    within_reach = get_object_or_404(permissions.class_labs_of(request.user), pk=session)
    found = get_object_or_404(within_reach.seats.select_related("session", "user"), pk=seat)
    if class_labs.remove(found.session, found.user):
        record(
            request,
            found.session,
            f"Took the seat of {found.user.username} away.",
            f"Took the seat of user {found.user_id} away.",
        )
        messages.success(request, _("The seat is free."))
    return redirect("labs:seats", session=session)


@for_instructors
@require_POST
def let_bot_play(request: SignedInRequest, session: UUID, seat: int) -> HttpResponse:
    """Let a bot play the seat of somebody who is away. Their work is kept."""
    within_reach = get_object_or_404(permissions.class_labs_of(request.user), pk=session)
    found = get_object_or_404(within_reach.seats.select_related("session", "user"), pk=seat)
    if class_labs.let_bot_play(found.session, found):
        record(
            request,
            found.session,
            f"Let a bot play the seat of {found.user.username}.",
            f"Let a bot play the seat of user {found.user_id}.",
        )
        messages.success(request, _("A bot plays this seat. Its holder finds their work when they come back."))
    else:
        messages.warning(
            request,
            _("No bot plays this seat: its holder sits there, its nodes are being reset, or this lab has no bots."),
        )
    return redirect("labs:seats", session=session)


@login_required
@require_POST
@never_cache
def sit_down(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Take a free seat of a class lab, or come back to one's own. ``seat`` names it; without it, the first free one."""
    reach = permissions.class_labs_open_to(request.user) | LabSession.objects.filter(seats__user=request.user)
    found = get_object_or_404(reach.distinct(), pk=session)
    try:
        class_labs.sit_down(found, request.user, request.POST.get("seat", "")[:63])
    except class_labs.NoFreeSeat:
        messages.warning(request, _("This class-lab seat is not free any more. Choose another one."))
        return redirect("labs:lab", lab=found.lab)
    except versions.NoSuchLab as error:
        raise Http404(found.lab) from error
    return redirect("labs:session", session=found.pk)


@login_required
@require_POST
@never_cache
def leave(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Stand up from the learner's own seat. It stays theirs, and so does the work on it."""
    found = get_object_or_404(LabSession, pk=session, seats__user=request.user)
    class_labs.stand_up(found, request.user)
    messages.success(
        request, _("You have left your class-lab seat. It stays yours: its nodes run on, and you can come back.")
    )
    return redirect("labs:session", session=found.pk)


@require_POST
@form_on("labs:catalogue")
@login_required
@never_cache
def give_up(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Give the learner's own seat back. Its work is lost, and the page of the lab is the learner's own again."""
    found = get_object_or_404(LabSession, pk=session, seats__user=request.user)
    class_labs.remove(found, request.user)
    messages.success(request, _("You have given up your class-lab seat. The class lab is no longer among your labs."))
    return redirect("labs:lab", lab=found.lab)
