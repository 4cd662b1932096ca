"""The flags of the account that is signed in, which every page needs: one query in a request reads all of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from vaka.accounts.models import User

REMEMBERED = "_vaka_account_flags"
ANYBODY = -(2**53)  # stands in the query for the key of the account


def flags_of(request: HttpRequest) -> Mapping[str, bool]:
    """Return the flags by their names in ``ACCOUNT_FLAGS``; nothing if nobody is signed in.

    A setting is the path of a function that takes the user and returns a queryset. The flag is set if there is a row. The
    queryset may depend on the key of the user and on the day, and on nothing else: it is built once for all users.
    """
    user = getattr(request, "user", None)  # an error page may be rendered before authentication
    if not isinstance(user, User) or not user.is_authenticated:
        return {}
    if not hasattr(request, REMEMBERED):
        setattr(request, REMEMBERED, _read(user.pk))
    found: Mapping[str, bool] = getattr(request, REMEMBERED)
    return found


def _read(key: int) -> Mapping[str, bool]:
    sql, params = _query(tuple(settings.ACCOUNT_FLAGS.items()), timezone.now().date(), timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(sql, [key if param == ANYBODY else param for param in params])
        row = cursor.fetchone()
    return dict(zip(settings.ACCOUNT_FLAGS, map(bool, row), strict=True)) if row else {}


@lru_cache(maxsize=8)
def _query(flags: Sequence[tuple[str, str]], _today: date, _today_here: date) -> tuple[str, Sequence[Any]]:
    """The query for ANYBODY, on a day in UTC and in the site's time zone. Building it takes 20 times as long as asking it."""
    anybody = User(pk=ANYBODY)
    rows = {name: Exists(import_string(path)(anybody)) for name, path in flags}
    sql, params = User.objects.filter(pk=ANYBODY).order_by().values(**rows).query.sql_with_params()
    return sql, params
