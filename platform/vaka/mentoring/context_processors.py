"""Whether the reader has a mentor, for the links to one; asked only where a page wants to know."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vaka.mentoring.models import Mentorship


def mentoring(request: HttpRequest) -> dict[str, Any]:
    def has_mentor() -> bool:
        user = getattr(request, "user", None)  # an error page may come before anybody is known
        return bool(user and user.is_authenticated and Mentorship.objects.open().filter(trainee=user).exists())

    return {"has_mentor": SimpleLazyObject(has_mentor)}
