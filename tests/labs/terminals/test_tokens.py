"""Terminal tokens: valid once, for thirty seconds, and until their user signs out."""

import asyncio
from uuid import uuid4

import pytest
from django.core import signing
from redis import asyncio as aioredis

from labs.terminals import tokens
from tests.builders import PASSWORD, signed_in

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


@pytest.mark.django_db(transaction=True)
def test_a_first_password_voids_earlier_tokens(broker, ada):
    ada.set_unusable_password()  # they sign in with a passkey
    ada.save()
    text = tokens.issue(ada.pk, SESSION, "r1", "1", "control")
    signed_in(ada).post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})

    with pytest.raises(tokens.TokenRefused, match="signed out"):
        used(text, broker)
