"""Terminals open for those who may use them, and close when they may not any more."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from redis import Redis

from labs import events
from labs.lifecycle import class_labs
from labs.models import LabSession, State
from labs.terminals import permissions, tokens
from tests.labs.terminals.browsers import Page

pytestmark = pytest.mark.django_db


def test_a_used_token_opens_no_terminal(stage, ada, session):
    text = tokens.issue(ada.pk, session.pk, "r1", "1", "control")

    async def scenario(at):
        page = await at.opens(token=text)
        await page.output(b"r1# ")
        thief = await at.opens(token=text)
        assert await thief.closed() == (
            4401,
            "The terminal token of this page was used before. Open the terminal again.",
        )
        await page.leaves()

    stage(scenario)


def test_an_old_token_opens_no_terminal(stage, monkeypatch):
    async def scenario(at):
        monkeypatch.setattr(tokens, "LIFE", -1)
        code, sentence = await (await at.opens()).closed()
        assert code == 4401
        assert "waited too long" in sentence

    stage(scenario)


def test_a_learner_cannot_open_a_terminal_of_another_learners_lab(stage, linus, session):
    async def scenario(at):
        page = await at.opens(token=tokens.issue(linus.pk, session.pk, "r1", "1", "view"))
        assert await page.closed() == (4403, "You do not have permission to open this terminal.")
        assert at.relay.viewers == []

    stage(scenario)


def test_a_seat_opens_terminals_on_its_own_nodes_until_it_is_removed(stage, session, grace, linus):
    class_labs.put(session, grace, ["r1"])
    class_labs.put(session, linus, ["h1"])

    async def scenario(at):
        own = await at.opens(token=tokens.issue(grace.pk, session.pk, "r1", "1", "control"))
        await own.output(b"r1# ")
        for mode in ("control", "view"):
            others = await at.opens(token=tokens.issue(grace.pk, session.pk, "h1", "1", mode))
            assert await others.closed() == (4403, "You do not have permission to open this terminal.")
        moved = await at.opens(token=tokens.issue(linus.pk, session.pk, "h1", "1", "control"))
        await moved.output(b"r1# ")
        await sync_to_async(class_labs.remove)(session, grace)
        await sync_to_async(events.send)(
            session.pk, events.text("seats")
        )  # by hand, because the test's transaction never commits
        assert await own.closed() == (4404, "You do not have permission to open this terminal.")
        await moved.says({"ping": 3})
        assert await moved.news() == {"pong": 3}
        assert [viewer.asked["node"] for viewer in at.relay.viewers] == ["r1", "h1"]
        await moved.leaves()

    stage(scenario)


def test_a_lab_that_is_not_ready_has_no_terminals(stage, session):
    LabSession.objects.filter(pk=session.pk).update(state=State.STARTING)

    async def scenario(at):
        assert await (await at.opens()).closed() == (4403, "The lab is not running.")

    stage(scenario)


@pytest.mark.parametrize("forged", ["not:a:token", "", "token"])
def test_a_forged_token_is_refused(stage, forged):
    async def scenario(at):
        page = await Page(at.application).connects()
        await page.says({"token": forged, "rows": 24, "cols": 80})
        assert (await page.closed())[0] == 4401

    stage(scenario)


def test_a_lab_that_stops_closes_its_terminals_at_once(stage, broker, session):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await asyncio.sleep(0.1)
        await LabSession.objects.filter(pk=session.pk).aupdate(state=State.STOPPING)
        await sync_to_async(Redis.from_url(broker).publish)(f"vaka:session:{session.pk}", '{"event":"state"}')
        async with asyncio.timeout(1.5):
            assert await page.closed() == (4404, "The lab is not running.")

    stage(scenario)


def test_a_lab_that_stops_closes_its_terminals_soon_even_without_an_event(stage, session, monkeypatch):
    monkeypatch.setattr(permissions, "EVERY", 0.2)

    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await LabSession.objects.filter(pk=session.pk).aupdate(state=State.STOPPING)
        assert (await page.closed())[0] == 4404

    stage(scenario)


def test_signing_out_closes_the_users_terminals(stage, ada_client):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await asyncio.sleep(0.1)
        await sync_to_async(ada_client.logout)()
        async with asyncio.timeout(1.5):
            assert await page.closed() == (4404, "You have signed out.")

    stage(scenario)
