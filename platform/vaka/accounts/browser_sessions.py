"""The sessions of browsers (``settings.SESSION_ENGINE``), bounded in size and number, and how those that are over are removed.

Each names its person, so theirs are found without reading others. How many a person has, ``vaka.accounts.sign_ins`` says.
"""

import json
import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from vaka.accounts.models import BrowserSession

# Bytes of a row. A sign-in has some 340, after thirty confirmations by password 630, and with a form that waits 1,200
LARGEST = 4096
VISITOR_LASTS = timedelta(hours=1)  # as long as a password reset link, and longer than each step of signing up and in
MOST_OF_VISITORS = 10_000  # at a time; new ones end the oldest

logger = logging.getLogger(__name__)


class SessionStore(DatabaseSessionStore):
    """Django's, with our model and limits. It has Django's name, which is part of the signature of each session."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the text of a row. A session that is too large loses its largest values, and so never the sign-in."""
        while len(encoded := super().encode(session_dict)) > LARGEST:
            largest = max(session_dict, key=lambda name: len(json.dumps(session_dict[name])))
            del session_dict[largest]
            logger.warning("A session was too large, and does not keep %s.", largest)
        return encoded

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, super().create_model_instance(data))

    async def acreate_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, await super().acreate_model_instance(data))

    def _row(self, data: dict[str, Any], row: Any) -> BrowserSession:
        row.user_id = data.get(SESSION_KEY)
        if row.user_id is None:
            row.expire_date = min(row.expire_date, timezone.now() + VISITOR_LASTS)
        return row  # type: ignore[no-any-return]  # Django makes it of our model


def clear() -> None:
    """Remove the sessions that are over, and those of visitors beyond the newest."""
    SessionStore.clear_expired()
    of_visitors = BrowserSession.objects.filter(user=None)
    ends = of_visitors.order_by("-expire_date").values_list("expire_date", flat=True)
    for newest in ends[MOST_OF_VISITORS : MOST_OF_VISITORS + 1]:
        of_visitors.filter(expire_date__lte=newest).delete()
