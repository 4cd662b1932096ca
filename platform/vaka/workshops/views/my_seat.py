"""The page of a trainee in a workshop: the open agenda items, the seat log, and making a guest's seat an account."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.content import Course
from courses.loader import catalogue
from labs.registry import versions
from vaka.accounts.first_password import IS_ACCOUNT, NotAGuest, UsernameTaken
from vaka.accounts.requests import SignedInRequest
from vaka.workshops.forms import GuestAccountForm
from vaka.workshops.models import AgendaItem, Seat, SeatLogEntry
from vaka.workshops.permissions import own_seat
from vaka.workshops.services import guest_accounts, guest_expiry, seat_presence, supervised_attempts
from vaka.workshops.services.agenda_links import courses_taught, lessons_of
from vaka.workshops.services.room_presence import network_of_request
from vaka.workshops.views.join import SEAT_KEY

LOG_ENTRIES = 100


@login_required
@require_safe
@never_cache
def my_seat(request: SignedInRequest, workshop: int) -> HttpResponse:
    seat = own_seat(request, workshop)
    seat_presence.record_open_page(seat, network_of_request(request))
    request.session[SEAT_KEY] = seat.pk  # of a user who signed in here, and joined in another browser
    return _page(request, seat, GuestAccountForm(by=request.user))


def _page(request: SignedInRequest, seat: Seat, form: GuestAccountForm, status: int = 200) -> HttpResponse:
    labs = {lab.id: lab for lab in versions.all_labs()}
    items = list(seat.workshop.agenda.exclude(opened_at=None).order_by("-opened_at"))
    agenda = [
        (item, courses, lessons_of(item), [labs[one] for one in item.labs if one in labs])
        for item, courses in zip(items, _courses(items), strict=True)
    ]
    context = {
        "seat": seat,
        "workshop": seat.workshop,
        "agenda": agenda,
        "account_form": form,
        "is_supervised": supervised_attempts.is_supervised_now(seat),
        "expires_on": guest_expiry.expires_on(seat),
        "team": seat.workshop.accepted_team.select_related("user"),
        "log": SeatLogEntry.objects.readable_at(seat).select_related("by", "job")[:LOG_ENTRIES],
    }
    return render(request, "workshops/my_seat.html", context, status=status)


def _courses(items: list[AgendaItem]) -> list[list[Course]]:
    """The courses to link at each item. One that has tests, and is there by its lessons only, is linked at the first of them."""
    known, found = catalogue(settings.COURSE_CONTENT), list[list[Course]]()
    linked = {id_ for item in items for id_ in item.courses}
    for item in items:
        by_lessons = [one for one in courses_taught([item]) if one.blueprint and one.id not in linked]
        linked.update(one.id for one in by_lessons)
        found.append([*(known[id_] for id_ in item.courses if id_ in known), *by_lessons])
    return found


@login_required
@require_POST
@never_cache
def create_account(request: SignedInRequest, workshop: int) -> HttpResponse:
    """Give a guest a username and a password."""
    seat = own_seat(request, workshop)
    form = GuestAccountForm(request.POST, by=request.user)
    if not seat.is_guest:  # the form was sent twice, or by the back button
        messages.info(request, IS_ACCOUNT)
        return redirect("workshops:my_seat", workshop=workshop)
    if not form.is_valid():
        return _page(request, seat, form, 422)
    try:
        guest_accounts.keep_as_account(seat, form.cleaned_data["username"], form.cleaned_data["password"])
    except UsernameTaken:
        form.add_error("username", get_adapter().validation_error("username_taken"))
        return _page(request, seat, form, 422)
    except NotAGuest:  # another device of the seat was first
        messages.info(request, IS_ACCOUNT)
        return redirect("workshops:my_seat", workshop=workshop)
    if seat.user:
        login(request, seat.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[SEAT_KEY] = seat.pk
    text = _("Your account is ready. You can sign in with this username and password on any device.")
    messages.success(request, text)
    return redirect("workshops:my_seat", workshop=workshop)
