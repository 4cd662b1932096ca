import asyncio
from uuid import uuid4

import pytest
from django.core import signing
from redis import asyncio as aioredis

from labs import tickets

SESSION = uuid4()


def used(text: str, url: str) -> tickets.Ticket:
    async def use() -> tickets.Ticket:
        async with aioredis.Redis.from_url(url) as redis:
            ticket = tickets.read(text)
            await tickets.use(ticket, redis)
            return ticket

    return asyncio.run(use())


def test_a_ticket_says_whose_terminal_it_is_where_and_how(broker):
    ticket = used(tickets.issue(7, SESSION, "r1", "2", "view"), broker)

    assert (ticket.user, ticket.session, ticket.node, ticket.terminal) == (7, str(SESSION), "r1", "2")
    assert ticket.mode is tickets.Mode.VIEW


def test_a_ticket_is_good_for_one_use(broker):
    text = tickets.issue(7, SESSION, "r1", "1", "control")
    used(text, broker)

    with pytest.raises(tickets.TicketRefused, match="used before"):
        used(text, broker)


def test_a_ticket_is_good_for_thirty_seconds(monkeypatch):
    text = tickets.issue(7, SESSION, "r1", "1", "control")
    monkeypatch.setattr(tickets, "LIFE", -1)

    with pytest.raises(tickets.TicketRefused, match="too old"):
        tickets.read(text)


def test_a_changed_ticket_is_none():
    text = tickets.issue(7, SESSION, "r1", "1", "view")

    with pytest.raises(tickets.TicketRefused, match="not a ticket of ours"):
        tickets.read(text[:-1] + ("A" if text[-1] != "A" else "B"))


def test_what_the_site_signed_for_another_purpose_is_no_ticket():
    with pytest.raises(tickets.TicketRefused, match="not a ticket of ours"):
        tickets.read(signing.dumps({"user": 7, "session": str(SESSION)}))


def test_without_the_broker_no_ticket_opens_anything(tmp_path):
    with pytest.raises(tickets.TicketUnchecked, match="broker does not answer"):
        used(tickets.issue(7, SESSION, "r1", "1", "control"), f"unix://{tmp_path}/nobody.sock")


def test_signing_out_voids_the_tickets_of_before(broker, ada, ada_client):
    text = tickets.issue(ada.pk, SESSION, "r1", "1", "control")
    ada_client.logout()

    with pytest.raises(tickets.TicketRefused, match="signed out"):
        used(text, broker)
    assert used(tickets.issue(ada.pk, SESSION, "r1", "1", "control"), broker).user == ada.pk


def test_ada_can_sign_out_while_the_broker_is_gone(settings, tmp_path, ada_client):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    ada_client.logout()

    assert "_auth_user_id" not in ada_client.session
