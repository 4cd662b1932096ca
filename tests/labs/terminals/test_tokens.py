import asyncio
from uuid import uuid4

import pytest
from django.core import signing
from redis import asyncio as aioredis

from labs.terminals import tokens

SESSION = uuid4()


def used(text: str, url: str) -> tokens.Ticket:
    async def use() -> tokens.Ticket:
        async with aioredis.Redis.from_url(url) as redis:
            ticket = tokens.read(text)
            await tokens.use(ticket, redis)
            return ticket

    return asyncio.run(use())


def test_a_ticket_says_whose_terminal_it_is_where_and_how(broker):
    ticket = used(tokens.issue(7, SESSION, "r1", "2", "view"), broker)

    assert (ticket.user, ticket.session, ticket.node, ticket.terminal) == (7, str(SESSION), "r1", "2")
    assert ticket.mode is tokens.Mode.VIEW


def test_a_ticket_is_good_for_one_use(broker):
    text = tokens.issue(7, SESSION, "r1", "1", "control")
    used(text, broker)

    with pytest.raises(tokens.TicketRefused, match="used before"):
        used(text, broker)


def test_a_ticket_is_good_for_thirty_seconds(monkeypatch):
    text = tokens.issue(7, SESSION, "r1", "1", "control")
    monkeypatch.setattr(tokens, "LIFE", -1)

    with pytest.raises(tokens.TicketRefused, match="too old"):
        tokens.read(text)


def test_a_changed_ticket_is_none():
    text = tokens.issue(7, SESSION, "r1", "1", "view")

    with pytest.raises(tokens.TicketRefused, match="not a ticket of ours"):
        tokens.read(text[:-1] + ("A" if text[-1] != "A" else "B"))


def test_what_the_site_signed_for_another_purpose_is_no_ticket():
    with pytest.raises(tokens.TicketRefused, match="not a ticket of ours"):
        tokens.read(signing.dumps({"user": 7, "session": str(SESSION)}))


def test_without_the_broker_no_ticket_opens_anything(tmp_path):
    with pytest.raises(tokens.TicketUnchecked, match="broker does not answer"):
        used(tokens.issue(7, SESSION, "r1", "1", "control"), f"unix://{tmp_path}/nobody.sock")


def test_signing_out_voids_the_tickets_of_before(broker, ada, ada_client):
    text = tokens.issue(ada.pk, SESSION, "r1", "1", "control")
    ada_client.logout()

    with pytest.raises(tokens.TicketRefused, match="signed out"):
        used(text, broker)
    assert used(tokens.issue(ada.pk, SESSION, "r1", "1", "control"), broker).user == ada.pk


def test_ada_can_sign_out_while_the_broker_is_gone(settings, tmp_path, ada_client):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    ada_client.logout()

    assert "_auth_user_id" not in ada_client.session
