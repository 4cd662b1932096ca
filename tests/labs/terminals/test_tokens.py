"""Terminal tokens: valid once, for thirty seconds, and until their user signs out."""

import asyncio
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.core import signing
from django.core.management import call_command
from django.db import transaction
from redis import asyncio as aioredis

from labs.terminals import tokens
from tests.builders import PASSWORD, signed_in
from vaka.accounts import sign_ins
from vaka.accounts.models import User

SESSION = uuid4()


def used(text: str, url: str) -> tokens.TerminalToken:
    async def use() -> tokens.TerminalToken:
        async with aioredis.Redis.from_url(url) as redis:
            token = tokens.read(text)
            await tokens.use(token, redis)
            return token

    return asyncio.run(use())


def test_a_token_names_user_session_node_terminal_and_mode(broker):
    token = used(tokens.issue(7, SESSION, "r1", "2", "view"), broker)

    assert (token.user, token.session, token.node, token.terminal) == (7, str(SESSION), "r1", "2")
    assert token.mode is tokens.Mode.VIEW


def test_a_token_is_valid_for_one_use(broker):
    text = tokens.issue(7, SESSION, "r1", "1", "control")
    used(text, broker)

    with pytest.raises(tokens.TokenRefused, match="used before"):
        used(text, broker)


def test_an_old_token_is_refused(monkeypatch):
    text = tokens.issue(7, SESSION, "r1", "1", "control")
    monkeypatch.setattr(tokens, "LIFE", -1)

    with pytest.raises(tokens.TokenRefused, match="waited too long"):
        tokens.read(text)


def test_a_changed_token_is_refused():
    text = tokens.issue(7, SESSION, "r1", "1", "view")

    with pytest.raises(tokens.TokenRefused, match="is not valid"):
        tokens.read(text[:-1] + ("A" if text[-1] != "A" else "B"))


def test_a_signature_of_the_site_for_another_purpose_is_refused():
    with pytest.raises(tokens.TokenRefused, match="is not valid"):
        tokens.read(signing.dumps({"user": 7, "session": str(SESSION)}))


def test_without_a_broker_no_token_is_accepted(tmp_path):
    with pytest.raises(tokens.TokenUnchecked, match="broker does not answer"):
        used(tokens.issue(7, SESSION, "r1", "1", "control"), f"unix://{tmp_path}/nobody.sock")


def test_signing_out_voids_earlier_tokens(broker, ada, ada_client):
    text = tokens.issue(ada.pk, SESSION, "r1", "1", "control")
    ada_client.logout()

    with pytest.raises(tokens.TokenRefused, match="signed out"):
        used(text, broker)
    assert used(tokens.issue(ada.pk, SESSION, "r1", "1", "control"), broker).user == ada.pk


@pytest.fixture
def closed(monkeypatch):
    """The numbers of the people whose terminals were closed."""
    numbers = []
    monkeypatch.setattr(tokens, "close_all", numbers.append)
    return numbers


NEW = "another canoe finds its way"


def by_an_administrator(ada, olga_client, monkeypatch, **fields):
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"} | fields
    assert olga_client.post(f"/admin/accounts/user/{ada.pk}/password/", fields).status_code == 302


def by_an_administrator_who_disables_it(ada, olga_client, monkeypatch):
    fields = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"}
    by_an_administrator(ada, olga_client, monkeypatch, **fields)


def on_the_command_line(ada, olga_client, monkeypatch):
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: NEW)
    call_command("changepassword", "ada", verbosity=0)


def in_a_shell(ada, olga_client, monkeypatch):
    ada.set_password(NEW)
    ada.save()


def as_a_hash(ada, olga_client, monkeypatch):
    person = User.objects.defer("password").get(pk=ada.pk)
    person.password = make_password(NEW)
    person.save(update_fields=["password"])


WAYS = (by_an_administrator, by_an_administrator_who_disables_it, on_the_command_line, in_a_shell, as_a_hash)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_another_password_closes_the_terminals_of_its_person_whoever_set_it(way, ada, olga_client, closed, monkeypatch):
    """Only a password that its owner had set themselves did so: an intruder kept what was open."""
    way(ada, olga_client, monkeypatch)
    assert closed == [ada.pk]


@pytest.mark.django_db(transaction=True)
def test_terminals_close_when_another_password_is_committed(ada, closed):
    """Else the sign-in that is about to end opens them again."""
    with transaction.atomic():
        ada.set_password(NEW)
        ada.save()
        assert closed == []
    assert closed == [ada.pk]


@pytest.mark.django_db(transaction=True)
def test_terminals_stay_while_the_password_is_the_same(ada, ada_client, closed):
    person = User.objects.get(pk=ada.pk)
    person.last_name = "King"
    person.save()
    person.save(update_fields=["last_name"])
    User.objects.create_user("somebody", password=PASSWORD)
    assert closed == []


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_oldest_sign_in_closes_terminals(ada, closed):
    browsers = [signed_in(ada) for _ in range(sign_ins.MOST)]
    assert closed == []
    signed_in(ada)
    assert closed == [ada.pk]
    assert browsers[0].get("/me/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_first_password_voids_earlier_tokens(broker, ada):
    ada.set_unusable_password()  # they sign in with a passkey
    ada.save()
    text = tokens.issue(ada.pk, SESSION, "r1", "1", "control")
    signed_in(ada).post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})

    with pytest.raises(tokens.TokenRefused, match="signed out"):
        used(text, broker)


def test_a_user_can_sign_out_without_a_broker(settings, tmp_path, ada_client):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    ada_client.logout()

    assert "_auth_user_id" not in ada_client.session
