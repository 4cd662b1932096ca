"""Limits of the mail that strangers can have this site send, beside those of one network in ``settings.ACCOUNT_RATE_LIMITS``.

They count the /56 and the /48 of an IPv6 address, and the whole site. Only requests that a form accepts are counted, and only
where the site sends mail.
"""

from dataclasses import dataclass

from allauth.account.internal.userkit import filter_users_by_email
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from vaka.accounts import password_guesses
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown

WINDOW = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """The number of requests that a /56 and a /48 may send in WINDOW seconds, and the delay that grows with those of the site."""

    kind: str
    from_networks: tuple[int, ...]
    site: Slowdown


# allauth's limit is for 40 people behind one address. A /56 may have two such rooms at once, and a campus with a /48 ten. The
# delay begins where a site with ten full rooms does not come
SIGN_UPS = Limit("signup", (400, 2000), Slowdown(WINDOW, free=2000, step=0.02, longest=10.0))
RESETS = Limit("reset_password", (120, 600), Slowdown(WINDOW, free=600, step=0.05, longest=10.0))


def count(request: HttpRequest, limit: Limit, email: str) -> None:
    """Count a request that sends mail to the address, and wait before it is sent.

    Raises ValidationError if the network has sent too many.
    """
    if not settings.MAIL:
        return
    larger = password_guesses.buckets_of(request)[1:]
    keys = [f"mail:{limit.kind}:{network}" for network in larger]
    for key, most in zip(keys, limit.from_networks, strict=False):  # an IPv4 address is in no larger network
        if guess_delay.count(key, WINDOW) >= most:
            raise forms.ValidationError(
                gettext("Your network has sent too many of these requests. Try again in an hour.")
            )
    for key in keys:
        guess_delay.count(key, WINDOW, add=1)
    people = filter_users_by_email(email) if email else []
    if not any(password_guesses.is_known(request, person) for person in people):
        password_guesses.delay_for_site(request, f"mail:{limit.kind}", limit.site)
