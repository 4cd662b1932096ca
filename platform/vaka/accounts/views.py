"""People, as those see them who look after them."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vaka.accounts import resets
from vaka.accounts.models import User
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
    found = list(resets.find(words).prefetch_related("groups")[: SHOWN + 1])
    rows = [(person, resets.may_reset(request.user, person)) for person in found[:SHOWN]]
    return render(request, "accounts/people.html", {"words": words, "rows": rows, "more": len(found) > SHOWN})


@login_required
@require_POST
@never_cache
def reset_link(request: SignedInRequest, person: int) -> HttpResponse:
    """Make the link and show it, this once."""
    if not request.user.is_instructor:  # before the look-up: to others nobody is here
        raise PermissionDenied
    found = get_object_or_404(User, pk=person)
    link = resets.make_link(request.user, found)
    url = f"{settings.ROOM_URL}{link.path}" if settings.ROOM_URL else request.build_absolute_uri(link.path)
    return render(request, "accounts/reset_link.html", {"person": found, "url": url, "ends": link.ends})
