"""The page "People" for administrators and instructors: password reset links, approvals, and the sign-up code."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vaka.accounts import password_links, signup, signup_code
from vaka.accounts.models import User
from vaka.accounts.permissions import for_instructors, for_staff
from vaka.accounts.requests import SignedInRequest
from vaka.web import site_address
from vaka.web.post_only import form_on
from vaka.web.way_back import redirect_back

SHOWN = 30  # people that the page lists


@require_safe
@for_instructors
def people(request: SignedInRequest) -> HttpResponse:
    """Find people to reset their password or confirm their account. Administrators also see approvals and the sign-up code."""
    words = request.GET.get("q", "").strip()[:100]
    found = list(password_links.find(request.user, words).prefetch_related("groups")[: SHOWN + 1])
    context: dict[str, Any] = {"words": words, "people": found[:SHOWN], "more": len(found) > SHOWN}
    if request.user.is_staff:
        context["waiting"] = signup.waiting()[: SHOWN * 10]
    if request.user.is_staff and settings.SIGNUP == signup.CODE:
        context |= {"asks_for_code": True, "code": signup_code.current()}
    return render(request, "accounts/people.html", context)


@require_POST
@for_staff
def approve(request: SignedInRequest, person: int) -> HttpResponse:
    """Approve an account, so that the person may start labs."""
    found = get_object_or_404(User, pk=person)
    if signup.approve(found, request.user):
        messages.success(
            request, _("The account of %(name)s is approved. They can start labs now.") % {"name": found.shown_name}
        )
    return redirect("accounts:people")


@require_POST
@for_staff
def decline(request: SignedInRequest, person: int) -> HttpResponse:
    """Close an account that waits for approval."""
    found = get_object_or_404(User, pk=person)
    if signup.decline(found, request.user):
        text = _("The account of %(name)s is closed. You can open it again in the administration.")
        messages.success(request, text % {"name": found.shown_name})
    return redirect("accounts:people")


@require_POST
@for_staff
def renew_code(request: SignedInRequest) -> HttpResponse:
    """Create a new sign-up code."""
    signup_code.renew(request.user)
    return redirect("accounts:people")


@require_POST
@for_staff
def revoke_code(request: SignedInRequest) -> HttpResponse:
    """Revoke the sign-up code. Nobody can sign up until there is a new one."""
    signup_code.revoke(request.user)
    return redirect("accounts:people")


@require_POST
@for_instructors
def reset_link(request: SignedInRequest, person: int) -> HttpResponse:
    """Create a password reset link and show it, this one time only."""
    found = get_object_or_404(password_links.resettable_by(request.user), pk=person)
    link = password_links.create_link(request.user, found)
    url = f"{site_address.for_page(request)}{link.path}"
    return render(request, "accounts/reset_link.html", {"person": found, "url": url, "ends": link.ends})


@login_required
@require_POST
@never_cache
@form_on("home:account")
def link_notice_read(request: SignedInRequest) -> HttpResponse:
    """Store that the owner of an account has read the notice about a password reset link."""
    password_links.mark_read(request.user)
    return redirect_back(request, "home:account")
