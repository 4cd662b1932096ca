"""The yes/no questions that every page asks about the account that is signed in: one query answers all of a request together."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest
from django.utils.module_loading import import_string

from vaka.accounts.models import User

REMEMBERED = "_vaka_account_answers"


def answers_for(request: HttpRequest) -> Mapping[str, bool]:
    """Return the answers by the names in ``ACCOUNT_QUESTIONS``; nothing if nobody is signed in.

    A question is the path of a function that takes the user and returns a queryset: is there a row?
    """
    user = getattr(request, "user", None)  # an error page may be rendered before authentication
    if not isinstance(user, User) or not user.is_authenticated:
        return {}
    if not hasattr(request, REMEMBERED):
        rows = {name: Exists(import_string(path)(user)) for name, path in settings.ACCOUNT_QUESTIONS.items()}
        setattr(request, REMEMBERED, User.objects.filter(pk=user.pk).values(**rows).first() or {})
    found: Mapping[str, bool] = getattr(request, REMEMBERED)
    return found
