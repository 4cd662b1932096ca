"""The flags of the account that is signed in, which every page needs: one query in a request reads all of them."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest
from django.utils.module_loading import import_string

from vaka.accounts.models import User

REMEMBERED = "_vaka_account_flags"


def flags_of(request: HttpRequest) -> Mapping[str, bool]:
    """Return the flags by their names in ``ACCOUNT_FLAGS``; nothing if nobody is signed in.

    A setting is the path of a function that takes the user and returns a queryset. The flag is set if there is a row.
    """
    user = getattr(request, "user", None)  # an error page may be rendered before authentication
    if not isinstance(user, User) or not user.is_authenticated:
        return {}
    if not hasattr(request, REMEMBERED):
        rows = {name: Exists(import_string(path)(user)) for name, path in settings.ACCOUNT_FLAGS.items()}
        setattr(request, REMEMBERED, User.objects.filter(pk=user.pk).values(**rows).first() or {})
    found: Mapping[str, bool] = getattr(request, REMEMBERED)
    return found
