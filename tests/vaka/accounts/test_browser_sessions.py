"""The table of the sessions of browsers."""

import secrets
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from labs.lifecycle import tasks
from tests.builders import signed_in
from tests.migrating import migrate, migrate_to_today
from vaka.accounts import browser_sessions
from vaka.accounts.browser_sessions import LARGEST, SessionStore
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


@pytest.mark.django_db
def test_a_session_that_is_too_large_loses_its_largest_values_and_not_the_sign_in(ada, client):
    client.force_login(ada)
    session = client.session
    session["sent"], session["more"], session["seat"] = secrets.token_hex(100_000), secrets.token_hex(3_000), 7
    session.save()
    assert len(BrowserSession.objects.get().session_data) <= LARGEST
    assert client.get("/me/").status_code == 200
    assert set(client.session.keys()) >= {"seat", "_auth_user_id"}
    assert not {"sent", "more"} & set(client.session.keys())


@pytest.mark.django_db
def test_a_session_of_a_visitor_lasts_an_hour_whatever_the_cookie_says(client):
    session = client.session
    session["key"] = 1
    session.set_expiry(timedelta(days=14))
    session.save()
    assert BrowserSession.objects.get().expire_date < timezone.now() + timedelta(hours=1, seconds=1)


@pytest.mark.django_db
def test_the_newest_sessions_of_visitors_stay_and_sign_ins_stay_anyhow(ada, monkeypatch):
    monkeypatch.setattr(browser_sessions, "MOST_OF_VISITORS", 3)
    signed_in(ada)
    now = timezone.now()
    for key, minutes in (("over", -1), *((f"{n}", n) for n in range(1, 6))):
        BrowserSession.objects.create(session_key=key, session_data="", expire_date=now + timedelta(minutes=minutes))
    tasks.clear_browser_sessions()
    assert set(BrowserSession.objects.filter(user=None).values_list("pk", flat=True)) == {"3", "4", "5"}
    assert ada.browser_sessions.exists()


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
