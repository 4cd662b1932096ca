"""The page of who sits in a workshop."""

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.loader import catalogue
from labs.registry import versions
from vaka.accounts.models import User
from vaka.web.http import SignedInRequest
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import guest_expiry, joining, presence
from vaka.workshops.services.presence import place_of
from vaka.workshops.views.join import SEAT


class KeepForm(forms.Form):
    """A name and a password, by the rules for all accounts."""

    username = forms.CharField(
        max_length=150,
        label=gettext_lazy("Username"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least eight letters, and not a common word."),
    )

    def clean_username(self) -> str:
        name: str = get_adapter().clean_username(self.cleaned_data["username"])
        return name

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


def own(request: SignedInRequest, workshop: int) -> Seat:
    """The visitor's seat; to all others there is none."""
    mine = Seat.objects.of(request.user).select_related("workshop", "user")
    return get_object_or_404(mine, workshop=workshop)


@login_required
@require_safe
@never_cache
def seat(request: SignedInRequest, workshop: int) -> HttpResponse:
    mine = own(request, workshop)
    joining.was_seen(mine, place_of(request))
    request.session[SEAT] = mine.pk  # who signed in, and did not join in this browser
    return _page(request, mine, KeepForm())


def _page(request: SignedInRequest, mine: Seat, keep_form: KeepForm, status: int = 200) -> HttpResponse:
    courses = catalogue(settings.COURSE_CONTENT)
    labs = {lab.id: lab for lab in versions.all_labs()}
    agenda = [
        (
            item,
            [courses[one] for one in item.courses if one in courses],
            [labs[one] for one in item.labs if one in labs],
        )
        for item in mine.workshop.agenda.exclude(opened_at=None).order_by("-opened_at")
    ]
    context = {"seat": mine, "workshop": mine.workshop, "agenda": agenda, "keep_form": keep_form}
    context["in_the_room"] = presence.counts_now(mine)
    context["expires_on"] = guest_expiry.expires_on(mine)
    context["team"] = mine.workshop.staff.select_related("user")
    context["log"] = SeatLogEntry.objects.seen_from(mine).select_related("by")[:100]
    return render(request, "workshops/my_seat.html", context, status=status)


@login_required
@require_POST
@never_cache
def keep(request: SignedInRequest, workshop: int) -> HttpResponse:
    """Make a guest's seat an account."""
    mine = own(request, workshop)
    form = KeepForm(request.POST)
    if not form.is_valid() or not mine.is_guest:
        return _page(request, mine, form, 422)
    joining.become_account(mine, form.cleaned_data["username"], form.cleaned_data["password"])
    if mine.user:
        login(request, mine.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[SEAT] = mine.pk
    messages.success(request, _("It is an account now. Sign in with this name and password from anywhere."))
    return redirect("workshops:seat", workshop=workshop)
