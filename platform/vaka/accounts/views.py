"""People, as those see them who look after them."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vaka.accounts import resets, signup
from vaka.accounts.models import User
from vaka.web.http import SignedInRequest

SHOWN = 30  # people on the page


def for_instructors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only instructors get in; for others nothing is looked up. Stands below what says how an address is asked."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: SignedInRequest, *arguments: object, **named: object) -> HttpResponse:
        if not request.user.is_instructor:
            raise PermissionDenied
        return view(request, *arguments, **named)

    return checked


@require_safe
@for_instructors
def people(request: SignedInRequest) -> HttpResponse:
    """Find somebody, to make a link to a new password or to confirm the account; who waits; and the sign-up code."""
    words = request.GET.get("q", "").strip()[:100]
    found = list(resets.find(words).prefetch_related("groups")[: SHOWN + 1])
    rows = [(person, resets.may_reset(request.user, person)) for person in found[:SHOWN]]
    context = {"words": words, "rows": rows, "more": len(found) > SHOWN, "waiting": signup.waiting()[: SHOWN * 10]}
    if settings.SIGNUP == signup.CODE:
        context |= {"asks_for_code": True, "code": signup.current_code()}
    return render(request, "accounts/people.html", context)


@require_POST
@for_instructors
def approve(request: SignedInRequest, person: int) -> HttpResponse:
    """Let somebody start labs."""
    found = get_object_or_404(User, pk=person)
    if signup.approve(found, request.user):
        messages.success(request, _("%(name)s may start labs now.") % {"name": found.shown_name})
    return redirect("accounts:people")


@require_POST
@for_instructors
def decline(request: SignedInRequest, person: int) -> HttpResponse:
    """Close an account that waits for approval."""
    found = get_object_or_404(User, pk=person)
    if signup.decline(found, request.user):
        said = _("The account of %(name)s is closed. The administration can open it again.")
        messages.success(request, said % {"name": found.shown_name})
    return redirect("accounts:people")


@require_POST
@for_instructors
def renew_code(request: SignedInRequest) -> HttpResponse:
    """Make a new sign-up code."""
    signup.renew_code(request.user)
    return redirect("accounts:people")


@require_POST
@for_instructors
def revoke_code(request: SignedInRequest) -> HttpResponse:
    """Void the sign-up code: nobody can sign up until there is a new one."""
    signup.revoke_code(request.user)
    return redirect("accounts:people")


@require_POST
@for_instructors
def reset_link(request: SignedInRequest, person: int) -> HttpResponse:
    """Make the link and show it, this once."""
    found = get_object_or_404(User, pk=person)
    link = resets.make_link(request.user, found)
    url = f"{settings.ROOM_URL}{link.path}" if settings.ROOM_URL else request.build_absolute_uri(link.path)
    return render(request, "accounts/reset_link.html", {"person": found, "url": url, "ends": link.ends})
