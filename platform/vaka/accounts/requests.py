"""The type of a request of a user who has signed in."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

from vaka.accounts.models import User


class SignedInRequest(HttpRequest):
    """The request that a view behind ``login_required`` receives: its user is one of our accounts, never an anonymous one."""

    user: User

    if TYPE_CHECKING:

        async def auser(self) -> User: ...
