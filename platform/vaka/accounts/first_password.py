"""The first password of a guest of a workshop. It comes with a username, and makes an account of the seat.

Pages that need a password lead to it, and it leads back to them. Its forms are in ``vaka.accounts.forms``.
"""

from typing import Any

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vaka.accounts.models import User
from vaka.accounts.signals import send_sign_ins_ended

FORM = "account_set_password"  # allauth's name of the page
IS_ACCOUNT = gettext_lazy("Nothing was changed: this seat has a username and a password already. Use them to sign in.")


class UsernameTaken(Exception):
    """Somebody else has chosen the username since it was checked."""


class NotAGuest(Exception):
    """The guest has got a password since the page was opened, or the account was deleted."""


def set_first_password(guest: User, username: str, password: str) -> None:
    """Store a username and a password that a form has checked.

    Raises UsernameTaken and NotAGuest. Both leave the stored account unchanged. If two forms are sent, the first one counts.
    """
    chosen = User(username=username)
    chosen.set_password(password)
    still_a_guest = User.objects.filter(pk=guest.pk, username=guest.username, password=guest.password)
    try:
        with transaction.atomic():
            stored = still_a_guest.update(username=chosen.username, password=chosen.password)
    except IntegrityError:
        raise UsernameTaken from None
    if not stored:
        raise NotAGuest
    guest.username, guest.password = chosen.username, chosen.password
    send_sign_ins_ended(guest.pk)  # an update does not call User.save


def require_password(form: Any) -> None:
    """Lead a guest of a workshop to the first password and back. Only a password turns their seat into an account."""
    if form.user.is_guest:
        messages.info(
            context.request, _("Your seat has no password yet. Set a username and a password first, then come back.")
        )
        back = {REDIRECT_FIELD_NAME: context.request.get_full_path()}
        raise ImmediateHttpResponse(redirect(reverse(FORM, query=back)))


def is_set_by(request: HttpRequest) -> bool:
    """Whether the request sets a first password.

    Afterwards the person sees the page that asked for the password, or else the start page. Its seat bar has a link to the seat.
    """
    return request.resolver_match is not None and request.resolver_match.view_name == FORM
