"""The part of every page that comes from labs: the learner's live lab, which the header counts down."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from labs.pages.catalogue import LiveSession, running_lab_of
from vaka.accounts.account_flags import flags_of
from vaka.accounts.models import User


def running_lab(request: HttpRequest) -> dict[str, Any]:
    """The live lab of the user. Lazy: a page without the header, or that of a live lab, does not ask for it."""

    def found() -> LiveSession | None:
        user = getattr(request, "user", None)  # an error page may be rendered before authentication
        return running_lab_of(user) if isinstance(user, User) and flags_of(request)["has_live_lab"] else None

    return {"running_lab": SimpleLazyObject(found)}
