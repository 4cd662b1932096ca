"""The table of the sessions of browsers."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from tests.builders import signed_in
from tests.migrating import migrate, migrate_to_today
from vaka.accounts.browser_sessions import SessionStore
from vaka.accounts.models import BrowserSession

BEFORE = [("accounts", "0010_time_zone_chosen"), ("sessions", "0001_initial")]
AFTER = [("accounts", "0011_browser_sessions")]


def test_a_session_names_the_person_who_has_signed_in(ada, client):
    client.force_login(ada)
    assert BrowserSession.objects.get().user == ada
    client.post("/accounts/logout/")
    assert not BrowserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_saved_by_an_async_view_names_its_person_too(ada):
    async def save() -> None:
        store = SessionStore()
        await store.aset("_auth_user_id", str(ada.pk))
        await store.asave()

    async_to_sync(save)()
    assert ada.browser_sessions.count() == 1


def test_a_session_that_is_saved_after_its_person_was_deleted_does_no_harm(ada):
    store = signed_in(ada).session
    ada.delete()
    assert not BrowserSession.objects.exists()
    store.create()


@pytest.mark.django_db(transaction=True)
def test_whoever_is_signed_in_before_an_upgrade_stays_signed_in(ada, client):
    client.force_login(ada)
    kept = BrowserSession.objects.get()
    much = DatabaseSessionStore().encode({"_auth_user_id": str(ada.pk), "much": [f"{n}" for n in range(9999)]})
    nobodys = DatabaseSessionStore().encode({"mfa.webauthn.state": {}})
    later, earlier = timezone.now() + timedelta(days=9), timezone.now() - timedelta(days=1)
    try:
        old = migrate(BEFORE).get_model("sessions", "Session").objects
        for key, data, ends in (
            (kept.pk, kept.session_data, kept.expire_date),
            ("much", much, later),
            ("nobody", nobodys, later),
            ("forged", "made up", later),
            ("over", kept.session_data, earlier),
        ):
            old.create(session_key=key, session_data=data, expire_date=ends)
        migrate(AFTER)
        assert not old.exists()
    finally:
        migrate_to_today()
    assert list(BrowserSession.objects.values_list("pk", "user")) == [(kept.pk, ada.pk)]
    assert client.get("/me/").status_code == 200
