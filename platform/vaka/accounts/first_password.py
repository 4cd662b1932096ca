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

from vaka.accounts.models import User

FORM = "account_set_password"  # allauth's name of the page


class UsernameTaken(Exception):
    """Somebody else has chosen the username since it was checked."""


def set_first_password(guest: User, username: str, password: str) -> None:
    """Store a username and a password that a form has checked. Raises UsernameTaken; then the guest stays as they were."""
    guest.username = username
    guest.set_password(password)
    try:
        with transaction.atomic():
            guest.save(update_fields=["username", "password"])
    except IntegrityError:
        guest.refresh_from_db(fields=["username", "password"])
        raise UsernameTaken from None


def require_password(form: Any) -> None:
    """Lead a guest of a workshop to the first password and back. Only a password turns their seat into an account."""
    if form.user.is_guest:
        messages.info(
            context.request, _("Your seat has no password yet. Set a username and a password first, then come back.")
        )
        back = {REDIRECT_FIELD_NAME: context.request.get_full_path()}
        raise ImmediateHttpResponse(redirect(reverse(FORM, query=back)))


def is_set_by(request: HttpRequest) -> bool:
    """Whether the request sets a first password. It leads to the start page, unless a page asked for the password.

    The bar on the start page leads a guest of a workshop back to the seat.
    """
    return request.resolver_match is not None and request.resolver_match.view_name == FORM
