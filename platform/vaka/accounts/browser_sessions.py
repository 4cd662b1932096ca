"""The sessions of browsers (``settings.SESSION_ENGINE``), bounded in size and number, and how those that are over are removed.

Each names its person, so theirs are found without reading others. How many a person has, ``vaka.accounts.sign_ins`` says.

A visitor gets a session only for something that they have shown, their proof: a right password whose second step waits, a valid
reset link, or a sign-up. No such request is ever refused. The sessions of one proof end the oldest of the same proof, so nobody
ends those of somebody else.
"""

import json
import logging
from datetime import timedelta
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.views import INTERNAL_RESET_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone
from django.utils.crypto import salted_hmac

from vaka.accounts.models import BrowserSession

# Bytes of a row. A sign-in has some 340, after thirty confirmations by password 630, and with a form that waits 1,200
LARGEST = 4096
VISITOR_LASTS = timedelta(hours=1)  # as long as a password reset link, and longer than each step of signing up and in
MOST_OF_VISITORS = 10_000  # at a time; new ones end the oldest
MOST_OF_A_PROOF = 20  # as many as a person may have sign-ins
SALT = "vaka.accounts.proof"

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

    def save(self, must_create: bool = False) -> None:  # as Django's is called
        if self.session_key is None:
            self.create()  # it saves
            return
        super().save(must_create)
        if proof := _proof(self._get_session(no_load=must_create)):  # type: ignore[attr-defined]  # no stub for it
            same = BrowserSession.objects.filter(proof=proof).exclude(pk=self.session_key).order_by("-expire_date")
            too_many = list(same.values_list("pk", flat=True)[MOST_OF_A_PROOF - 1 :])
            BrowserSession.objects.filter(pk__in=too_many).delete()

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, super().create_model_instance(data))

    async def acreate_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, await super().acreate_model_instance(data))

    def _row(self, data: dict[str, Any], row: Any) -> BrowserSession:
        row.user_id = data.get(SESSION_KEY)
        if row.user_id is None:
            row.expire_date = min(row.expire_date, timezone.now() + VISITOR_LASTS)
        row.proof = _proof(data)
        return row  # type: ignore[no-any-return]  # Django makes it of our model


def _proof(data: dict[str, Any]) -> str:
    """Return what a visitor has shown, by the account, the address or the key that it was; empty for somebody signed in."""
    if SESSION_KEY in data:
        return ""
    login = data.get(LOGIN_SESSION_KEY)
    if isinstance(login, dict) and login.get("user_pk"):
        return f"person:{login['user_pk']}"
    # A sign-up with the address of somebody else has no account, and its page does not tell
    shown = login.get("email") if isinstance(login, dict) else data.get(INTERNAL_RESET_SESSION_KEY)
    return f"shown:{salted_hmac(SALT, str(shown), algorithm='sha256').hexdigest()[:32]}" if shown else ""


def clear() -> None:
    """Remove the sessions that are over, and those of visitors beyond the newest."""
    SessionStore.clear_expired()
    of_visitors = BrowserSession.objects.filter(user=None)
    ends = of_visitors.order_by("-expire_date").values_list("expire_date", flat=True)
    for newest in ends[MOST_OF_VISITORS : MOST_OF_VISITORS + 1]:
        of_visitors.filter(expire_date__lte=newest).delete()
