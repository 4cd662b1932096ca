"""The first password of a guest of a workshop. It comes with a username, and makes an account of the seat."""

from django.db import IntegrityError, transaction

from vaka.accounts.models import User


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
