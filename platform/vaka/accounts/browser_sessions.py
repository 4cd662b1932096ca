"""The sessions of browsers (``settings.SESSION_ENGINE``). Each names its person, so theirs are found without reading others."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from vaka.accounts.models import BrowserSession


class SessionStore(DatabaseSessionStore):
    """Django's, with our model. It has Django's name, which is part of the signature of each session."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, super().create_model_instance(data))

    async def acreate_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        return self._row(data, await super().acreate_model_instance(data))

    def _row(self, data: dict[str, Any], row: Any) -> BrowserSession:
        row.user_id = data.get(SESSION_KEY)
        return row  # type: ignore[no-any-return]  # Django makes it of our model
