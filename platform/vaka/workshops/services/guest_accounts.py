"""Accounts that are made for a seat: a guest has a name and no password, and can make the account their own."""

import secrets

from django.db import transaction

from vaka.accounts.models import User
from vaka.workshops.models import Device, Seat, Workshop

USERNAME_PREFIX = "guest-"


def make_guest(workshop: Workshop, name: str) -> User:
    username = f"{USERNAME_PREFIX}{secrets.token_hex(6)}"
    guest = User(username=username, first_name=name, time_zone=workshop.time_zone)
    guest.set_unusable_password()
    guest.save()
    return guest


def is_guest(user: User) -> bool:
    """Whether the account was made for a seat and has no password yet."""
    return user.username.startswith(USERNAME_PREFIX) and not user.has_usable_password()


def is_returning_guest(user: User, name: str) -> bool:
    """Whether the user is a guest of this name whose seat was freed. Joining again gives their work back to them."""
    same = user.first_name.casefold() == name.casefold()
    return same and is_guest(user) and not Seat.objects.of(user).exists()


def keep_as_account(seat: Seat, username: str, password: str) -> None:
    """Give the guest at a seat a username and a password. All their work stays with the account."""
    user = seat.user
    if user is None or not seat.is_guest:
        raise ValueError(f"{seat} has no guest.")
    with transaction.atomic():
        user.username = username
        user.set_password(password)
        user.save(update_fields=["username", "password"])
        Seat.objects.filter(user=user).update(is_guest=False, code="", code_until=None)
        Device.objects.filter(seat__user=user).delete()  # from now on the account needs its password
        seat.is_guest = False
