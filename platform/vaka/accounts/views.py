"""People, as those see them who look after them."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vaka.accounts import resets
from vaka.web.http import SignedInRequest

SHOWN = 30  # people on the page


@login_required
@require_safe
@never_cache
def people(request: SignedInRequest) -> HttpResponse:
    """Find somebody, to make a link to a new password."""
    if not request.user.is_instructor:
        raise PermissionDenied
    words = request.GET.get("q", "").strip()[:100]
    found = list(resets.find(request.user, words)[: SHOWN + 1])
    context = {"words": words, "people": found[:SHOWN], "more": len(found) > SHOWN}
    return render(request, "accounts/people.html", context)


@login_required
@require_POST
@never_cache
def reset_link(request: SignedInRequest, person: int) -> HttpResponse:
    """Make the link and show it, this once."""
    if not request.user.is_instructor:  # before the look-up: to others nobody is here
        raise PermissionDenied
    found = get_object_or_404(resets.within_reach(request.user), pk=person)
    link = resets.make_link(request.user, found)
    url = f"{settings.ROOM_URL}{link.path}" if settings.ROOM_URL else request.build_absolute_uri(link.path)
    return render(request, "accounts/reset_link.html", {"person": found, "url": url, "ends": link.ends})


@login_required
@require_POST
@never_cache
def told(request: SignedInRequest) -> HttpResponse:
    """The owner of an account has read that a link was made for it."""
    resets.was_read(request.user)
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "home:account")
