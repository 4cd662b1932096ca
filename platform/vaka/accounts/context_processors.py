"""Template variables: sign-up, the number of accounts that wait for approval, and the reader's colours."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vaka.accounts import signup
from vaka.accounts.account_flags import flags_of
from vaka.accounts.models import Theme

THEME_COOKIE = "vaka_theme"


class Signup:
    """The way in which this visitor can create an account."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def is_open(self) -> bool:
        return signup.is_open(self._request)

    @property
    def asks_for_code(self) -> bool:
        return signup.asks_for_code(self._request)

    @property
    def needs_approval(self) -> bool:
        return settings.SIGNUP == signup.APPROVAL and not signup.voucher_of(self._request)

    @property
    def whom(self) -> str:
        return signup.whom_to_ask()


def accounts(request: HttpRequest) -> dict[str, Any]:
    def people_waiting() -> int:
        user = getattr(request, "user", None)  # an error page may be rendered before authentication
        if not (user and user.is_authenticated and user.is_staff):
            return 0
        return signup.waiting().count()

    return {
        "signup": Signup(request),
        "account_flags": SimpleLazyObject(lambda: flags_of(request)),
        "people_waiting": SimpleLazyObject(people_waiting),
        "theme": SimpleLazyObject(lambda: theme_of(request)),
        "themes": Theme.choices,
    }


def theme_of(request: HttpRequest) -> str:
    """Return the colours that the reader has chosen: those of the account, or of this browser without one."""
    user = getattr(request, "user", None)  # an error page may be made before the user is known
    chosen = user.theme if user and user.is_authenticated else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Theme.values else Theme.SYSTEM
