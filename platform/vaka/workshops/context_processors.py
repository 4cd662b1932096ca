"""Whether the reader runs a workshop or helps in one, for the way to it on every page; asked only of who is no instructor."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vaka.workshops.models import WorkshopStaff


def workshops(request: HttpRequest) -> dict[str, Any]:
    def runs_workshops() -> bool:
        user = getattr(request, "user", None)  # an error page may come before anybody is known
        return bool(user and user.is_authenticated and WorkshopStaff.objects.filter(user=user).exists())

    return {"runs_workshops": SimpleLazyObject(runs_workshops)}
