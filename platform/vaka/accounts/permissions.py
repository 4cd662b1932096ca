"""The permission to read texts for trainers: notes to slides, and the trainers' pages of labs and courses."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.module_loading import import_string

from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest

type View[**P] = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def teaches(user: User | AnonymousUser) -> bool:
    """Return whether the user is an instructor or a mentor, or helps to run a workshop or a programme."""
    if not isinstance(user, User):
        return False
    return user.is_instructor or user.is_mentor or _has_a_part(user)


def _has_a_part(user: User) -> bool:
    me = User.objects.filter(pk=user.pk)
    return any(me.filter(pk__in=import_string(name)()).exists() for name in settings.PEOPLE_WITH_A_PART)


def for_trainers[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit people who teach. Others get 403."""

    @login_required
    @wraps(view)
    def checked(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not teaches(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked
