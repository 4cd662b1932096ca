"""The sign-up code of a site with ``VAKA_SIGNUP=code``: the current one, a new one, and the delay that wrong ones cause."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop

from vaka.accounts import password_guesses, readable_codes
from vaka.accounts.models import SignupCode, User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown
from vaka.web.request_origin import networks_of

NEW_CODE, REVOKED = gettext_noop("Made a new sign-up code."), gettext_noop("Revoked the sign-up code.")
GUESSES = Slowdown(window=60, free=30, step=0.2, longest=5.0)  # shared with the join codes of workshops
# Delayed requests in total. They have places of their own, so that they take none from people who sign in
WAITING = guess_delay.Places(100)


def current() -> SignupCode | None:
    newest = SignupCode.objects.first()
    return newest if newest and newest.revoked_at is None else None


def is_right(request: HttpRequest, typed: str) -> bool:
    """Return whether this is the current code, after the delay of wrong codes, which are counted.

    Raises TooMany for a wrong code when too many requests wait already. A right one does not wait then, so nobody is kept out.
    """
    seconds = GUESSES.seconds(guess_delay.count("codes", GUESSES.window) + 1)
    has_place = guess_delay.wait_in(WAITING, guess_delay.shares(networks_of(request), password_guesses.FROM), seconds)
    code = current()
    right = code is not None and constant_time_compare(readable_codes.typed(typed), code.code)
    if not right:
        guess_delay.count("codes", GUESSES.window, add=1)
        if not has_place:
            raise guess_delay.TooMany
    return right


def renew(by: User) -> SignupCode:
    """Create a new code. The previous one is not valid any more."""
    with transaction.atomic():
        SignupCode.objects.filter(revoked_at=None).update(revoked_at=timezone.now())
        made = SignupCode.objects.create(made_by=by)
        LogEntry.objects.log_actions(by.pk, SignupCode.objects.filter(pk=made.pk), CHANGE, NEW_CODE)
    return made


def revoke(by: User) -> None:
    with transaction.atomic():
        valid = SignupCode.objects.filter(revoked_at=None)
        LogEntry.objects.log_actions(by.pk, valid, CHANGE, REVOKED)
        valid.update(revoked_at=timezone.now())
