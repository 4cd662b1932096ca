"""The permissions that come with an account: to open pages for instructors and administrators, and to read texts for trainers."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache

from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest

type View[**P] = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def for_instructors[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit instructors and administrators, before anything is looked up. Others get 403."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_instructor:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def for_staff[**P](view: View[P]) -> Callable[..., HttpResponse]:
    """Admit administrators: the action is for the whole site. Others get 403."""

    @for_instructors
    @wraps(view)
    def checked(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def teaches(user: User | AnonymousUser) -> bool:
    """Return whether the user is an instructor or a mentor, or helps to run a workshop or a programme.

    Such a user reads notes to slides, and the trainers' pages of labs and courses.
    """
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
