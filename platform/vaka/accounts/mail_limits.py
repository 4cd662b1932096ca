"""Limits of the mail that strangers can have this site send. Only requests that a form accepts are counted, where it sends mail.

Sign-ups are counted by network: anybody may type any address. Password resets are counted
by account, because they send mail to addresses of accounts only. The first ones of an account in an hour are never refused,
whatever its network has sent. If somebody is refused later, the earlier links are in the mailbox and still work.
"""

from dataclasses import dataclass

from allauth.account.internal.userkit import filter_users_by_email
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from vaka.accounts import password_guesses
from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown

WINDOW = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """The number of requests that networks may send in WINDOW seconds, and the delay that grows with those of the site."""

    kind: str
    from_networks: tuple[int, ...]  # an IPv4 address or an IPv6 /64, a /56, a /48
    site: Slowdown


# 40 people behind one address, with five tries each to sign up. A /56 may have two such rooms at once, and a campus with a /48
# ten. The delay begins where a site with ten full rooms does not come
SIGN_UPS = Limit("signup", (200, 400, 2000), Slowdown(WINDOW, free=2000, step=0.02, longest=10.0))
# Of the resets beyond the first ones of an account
RESETS = Limit("reset_password", (60, 120, 600), Slowdown(WINDOW, free=600, step=0.05, longest=10.0))
FIRST_RESETS, MOST_RESETS = 2, 10  # of one account in WINDOW seconds, as long as a link works


def count_sign_up(request: HttpRequest) -> None:
    """Count a sign-up, and wait before it is carried out. Raises ValidationError if the network has sent too many."""
    if settings.MAIL:
        _count_in_networks(request, SIGN_UPS)
        _delay_for_site(request, SIGN_UPS)


def count_reset(request: HttpRequest, email: str) -> None:
    """Count a request for a reset link, and wait before it is sent.

    Raises ValidationError if the account has been sent many, or some, and the network has requested too many. An address that
    nobody has is counted and refused in the same way, so that nobody learns which addresses exist.
    """
    if not settings.MAIL:
        return
    people = list(filter_users_by_email(email))
    key = _account_key(email, people)
    sent = guess_delay.count(key, WINDOW)
    if sent >= MOST_RESETS:
        raise forms.ValidationError(
            gettext(
                "Too many links were requested for this address in the last hour. If it has an account, the links are in its "
                "mailbox, perhaps as spam, and each of them works for an hour. Use the newest one, or try again in an hour."
            )
        )
    if sent >= FIRST_RESETS:
        _count_in_networks(request, RESETS)
    guess_delay.count(key, WINDOW, add=1)
    if not any(password_guesses.is_known(request, person) for person in people):
        _delay_for_site(request, RESETS)


def _account_key(email: str, people: list[User]) -> str:
    """Return the key of an account, however its address was typed. Addresses that nobody has share their counters."""
    if people:
        return f"mail:person:{min(person.pk for person in people)}"
    return f"mail:nobody:{password_guesses.bucket(email.casefold(), password_guesses.NAMES)}"


def _count_in_networks(request: HttpRequest, limit: Limit) -> None:
    keys = [f"mail:{limit.kind}:{network}" for network in password_guesses.buckets_of(request)]
    for key, most in zip(keys, limit.from_networks, strict=False):  # an IPv4 address is one network
        if guess_delay.count(key, WINDOW) >= most:
            raise forms.ValidationError(
                gettext("Your network has sent too many of these requests. Try again in an hour.")
            )
    for key in keys:
        guess_delay.count(key, WINDOW, add=1)


def _delay_for_site(request: HttpRequest, limit: Limit) -> None:
    password_guesses.delay_for_site(request, f"mail:{limit.kind}", limit.site)
