"""Tells templates whether the person who is signed in has a mentor. The query runs only if a template uses it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vaka.mentoring.models import Mentorship


def mentoring(request: HttpRequest) -> dict[str, Any]:
    def has_mentor() -> bool:
        user = getattr(request, "user", None)  # an error page may be rendered before authentication
        return bool(user and user.is_authenticated and Mentorship.objects.open().filter(trainee=user).exists())

    return {"has_mentor": SimpleLazyObject(has_mentor)}
