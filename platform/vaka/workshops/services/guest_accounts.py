"""Accounts that are made for a seat: a guest has a name and no password, and can make the account their own.

Whether somebody is a guest is a fact of the account (``User.is_guest``), so every way to a password ends it.
"""

import secrets

from django.db import transaction

from vaka.accounts import first_password
from vaka.accounts.models import GUEST_PREFIX, User
from vaka.workshops.models import Device, Seat, Workshop


def make_guest(workshop: Workshop, name: str) -> User:
    username = f"{GUEST_PREFIX}{secrets.token_hex(6)}"
    guest = User(username=username, first_name=name, time_zone=workshop.time_zone)
    guest.set_unusable_password()
    guest.save()
    return guest


def is_returning_guest(user: User, name: str) -> bool:
    """Whether the user is a guest of this name whose seat was freed. Joining again gives their work back to them."""
    same = user.first_name.casefold() == name.casefold()
    return same and user.is_guest and not Seat.objects.of(user).exists()


def keep_as_account(seat: Seat, username: str, password: str) -> None:
    """Give the guest at a seat a username and a password. All their work stays. Raises UsernameTaken and NotAGuest."""
    user = seat.user
    if user is None or not seat.is_guest:
        raise first_password.NotAGuest(f"{seat} has no guest.")
    with transaction.atomic():
        first_password.set_first_password(user, username, password)
        forget_devices(user)


def forget_devices(user: User) -> None:
    """Delete the devices and codes that open the user's seats: from now on the account needs its password."""
    Seat.objects.of(user).update(code="", code_until=None)
    Device.objects.filter(seat__user=user).delete()
