"""The first password of a guest of a workshop. It comes with a username, and makes an account of the seat."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User

IS_ACCOUNT = _("Nothing was changed: this seat has a username and a password already. Use them to sign in.")


class UsernameTaken(Exception):
    """Somebody else has chosen the username since it was checked."""


class NoGuest(Exception):
    """The guest has got a password since the page was opened, or the account was deleted."""


def set_first_password(guest: User, username: str, password: str) -> None:
    """Store a username and a password that a form has checked.

    Raises UsernameTaken, and NoGuest. Then the stored account stays as it was: of two forms, the first one counts.
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
        raise NoGuest
    guest.username, guest.password = chosen.username, chosen.password
