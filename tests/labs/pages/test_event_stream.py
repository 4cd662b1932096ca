"""Server-sent events over a real broker."""

import asyncio
import functools
import gc
import json
from contextlib import aclosing, asynccontextmanager

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, RequestFactory
from django.urls import reverse
from django.utils import timezone
from redis.asyncio import Redis

from labs import events as labs_events
from labs.engine.runtime.client import Saved
from labs.events import OPEN, open_key, watched_key
from labs.lifecycle import class_labs, seat_handover
from labs.lifecycle.saves import keep
from labs.lifecycle.services import stop_session
from labs.models import LabSession, Save, State
from labs.pages import event_stream
from labs.registry import versions
from tests.labs import fakes
from tests.labs.lifecycle.test_bots import prepare, started

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def in_a_loop(test):
    """Run a test that is a coroutine."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        async_to_sync(test)(*args, **kwargs)

    return run


@pytest.fixture(autouse=True)
def short_heartbeat(monkeypatch):
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.1)
    yield
    gc.collect()  # what is left over is this test's


@asynccontextmanager
async def connected(user, session):
    """A page of the user's that listens: its client, and what it is told."""
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(reverse("labs:events", args=[session.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    pieces = aiter(answer.streaming_content)
    async with aclosing(pieces), aclosing(told(pieces)) as events:
        yield client, events


async def told(pieces):
    """Yield (event, facts) of each, and (None, comment) for a heartbeat."""
    async for piece in pieces:
        for block in piece.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines())
            if "event" in lines:
                yield lines["event"], json.loads(lines["data"])
            elif lines:
                yield None, lines


async def until(events, wanted):
    async for event, facts in events:
        if event == wanted:
            return facts
    raise AssertionError(f"The stream ended without {wanted}.")


async def ended(events):
    return [event async for event, _facts in events][-1]


@pytest.fixture
def on_air(queue, requested):
    return requested


@in_a_loop
async def test_a_page_receives_its_stamp_and_then_events(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        assert (await anext(events))[1] == {"retry": "3000"}
        hello = await until(events, "hello")
        assert hello["stamp"].startswith("requested.1.0.")
        await sync_to_async(on_air.move_to)(State.STARTING)
        assert (await until(events, "state"))["state"] == "starting"
        await sync_to_async(on_air.add_progress)("container", 0.5)
        assert await until(events, "step") == {"step": "container", "seconds": 0.5}


@in_a_loop
async def test_a_page_that_connects_late_sees_that_it_missed_a_save_and_a_capture(
    ada, on_air, broker, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    await LabSession.objects.aupdate(state=State.READY)
    await on_air.arefresh_from_db()

    async def stamp():
        async with connected(ada, on_air) as (_client, events):
            return (await until(events, "hello"))["stamp"]

    shown = await stamp()
    await sync_to_async(keep)(on_air, Saved(b"1", []), Save.Reason.CHANGE, timezone.now())
    after_save = await stamp()
    capture = await on_air.captures.acreate(taker=ada, number=1, interface="r1:eth0", filter="", seconds=5)
    after_capture = await stamp()
    await sync_to_async(capture.end)("time", 1, 24)
    assert len({shown, after_save, after_capture, await stamp()}) == 4


@in_a_loop
async def test_a_page_without_news_receives_a_heartbeat(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        shown = await until(events, "hello")
        assert await asyncio.wait_for(anext(events), 2) == ("still", shown)


@in_a_loop
async def test_the_stream_ends_with_the_session(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        await until(events, "hello")
        await sync_to_async(on_air.move_to)(State.FAILED)
        assert await asyncio.wait_for(ended(events), 2) == "bye"


@in_a_loop
async def test_the_stream_ends_even_if_the_event_of_a_stop_was_lost(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        await until(events, "hello")
        await LabSession.objects.aupdate(state=State.STOPPED)
        assert await asyncio.wait_for(ended(events), 2) == "bye"


@in_a_loop
async def test_the_stream_ends_when_the_learner_signs_out(ada, on_air):
    async with connected(ada, on_air) as (client, events):
        await until(events, "hello")
        await client.alogout()
        assert await asyncio.wait_for(ended(events), 2) == "bye"


@in_a_loop
async def test_the_stream_ends_when_the_account_is_closed(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        await until(events, "hello")
        ada.is_active = False
        await ada.asave()
        assert await asyncio.wait_for(ended(events), 2) == "bye"


@in_a_loop
async def test_a_learner_with_a_seat_receives_events_until_it_is_removed(linus, on_air, monkeypatch):
    await sync_to_async(class_labs.put)(on_air, linus, ["r1"])
    monkeypatch.setattr(event_stream, "HEARTBEAT", 30.0)  # it ends because it was told, not because it looked
    async with connected(linus, on_air) as (_client, events):
        await until(events, "hello")
        await sync_to_async(class_labs.remove)(on_air, linus)
        assert await asyncio.wait_for(ended(events), 2) == "bye"


@pytest.fixture
def shared(ngozi, lab, queue, engine, monkeypatch):
    """A class lab with two seats that are alike. The check of the file counts for the right one."""
    monkeypatch.setattr(seat_handover, "type_lines", lambda *_, **__: None)
    alike = fakes.with_bots(lab)
    monkeypatch.setattr(versions, "_catalog", lambda root: fakes.FakeCatalog(alike, alike))
    return started(ngozi, alike)


@in_a_loop
async def test_a_seat_is_told_no_verdict_of_another_one(ada, grace, shared):
    """Regression: the page shows a seat only its own checks, and the stream below it told all neighbours' verdicts."""
    for user, seat in ((ada, "left"), (grace, "right")):
        await sync_to_async(class_labs.sit_down)(shared, user, seat)
    await sync_to_async(prepare)(shared)
    publish = sync_to_async(labs_events.publish)
    async with connected(ada, shared) as (_ada, left), connected(grace, shared) as (_grace, right):
        await until(left, "hello")
        await until(right, "hello")
        await publish(shared.pk, "verdict", check="file", outcome="failed", done=1, of=2)
        assert await asyncio.wait_for(until(left, "verdict"), 2) == {"done": 1, "of": 2}
        assert (await asyncio.wait_for(until(right, "verdict"), 2))["outcome"] == "failed"


@in_a_loop
async def test_a_seat_reads_its_page_again_only_for_checks_of_its_own(ada, grace, shared):
    """Regression: with 24 seats, each change at one of them made 24 pages read, and the room waited behind them."""
    for user, seat in ((ada, "left"), (grace, "right")):
        await sync_to_async(class_labs.sit_down)(shared, user, seat)
    await sync_to_async(prepare)(shared)
    publish = sync_to_async(labs_events.publish)
    async with connected(ada, shared) as (_ada, left), connected(grace, shared) as (_grace, right):
        await until(left, "hello")
        await until(right, "hello")
        await publish(shared.pk, "checks", at="2026-12-01T20:00:00Z", changed=True, checks=["file"])
        facts = await asyncio.wait_for(until(left, "checks"), 2)
        assert (facts["changed"], facts["checks"]) == (False, [])
        assert (await asyncio.wait_for(until(right, "checks"), 2))["changed"]
        await publish(shared.pk, "checks", at="2026-12-01T20:00:01Z", changed=True)
        assert (await asyncio.wait_for(until(left, "checks"), 2))["changed"], "this one is about the whole lab"


@in_a_loop
async def test_another_learner_receives_nothing(linus, on_air):
    client = AsyncClient()
    await client.aforce_login(linus)
    assert (await client.get(reverse("labs:events", args=[on_air.pk]))).status_code == 404


@in_a_loop
async def test_a_user_has_a_bounded_number_of_streams_of_a_lab_open(ada, on_air, monkeypatch):
    monkeypatch.setattr(event_stream, "MOST_OPEN", 2)
    client = AsyncClient()
    await client.aforce_login(ada)
    here = reverse("labs:events", args=[on_air.pk])
    async with connected(ada, on_air) as (_client, first):
        await until(first, "hello")
        at_once = [await client.get(here), await client.get(here)]
        async with aclosing(aiter(at_once[0].streaming_content)) as second:
            await anext(second)
            assert (await client.get(here)).status_code == 429
            # It was asked for while there was room, and begins when there is none
            assert [piece async for piece in at_once[1].streaming_content] == []
    del at_once, first, second
    gc.collect()  # as after a response of the server
    await asyncio.sleep(0.1)
    assert not event_stream._open
    async with connected(ada, on_air) as (_client, again):
        await until(again, "hello")


@in_a_loop
async def test_a_user_has_a_bounded_number_of_streams_open_in_all(ada, linus, on_air, monkeypatch):
    """Regression: each address counted for itself, and one page had many addresses: /workshops/1/, /workshops/01/, …"""
    monkeypatch.setattr(event_stream, "MOST_OF_USER", 3)
    requests = [RequestFactory().get(f"/{number}/events") for number in range(4)]

    async def pieces():
        yield "x"

    answers = [event_stream.answer(request, ada, pieces()) for request in requests[:3]]
    streams = [aiter(answer.streaming_content) for answer in answers]
    assert [await anext(stream) for stream in streams] == [b"x"] * 3
    assert event_stream.answer(requests[3], ada, pieces()).status_code == 429
    assert event_stream.answer(requests[3], linus, pieces()).status_code == 200
    assert [[piece async for piece in stream] for stream in streams] == [[]] * 3  # they end
    assert event_stream.answer(requests[3], ada, pieces()).status_code == 200


@in_a_loop
async def test_without_a_broker_the_page_receives_its_stamp_each_time_it_connects(ada, requested):
    async with connected(ada, requested) as (_client, events):
        assert (await until(events, "hello"))["stamp"].startswith("requested.")
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(events), 2)


@in_a_loop
async def test_a_stop_is_published_once_it_is_committed(ada, on_air):
    async with connected(ada, on_air) as (_client, events):
        await until(events, "hello")
        await sync_to_async(stop_session)(on_air)
        assert (await until(events, "state"))["state"] == "stopping"
        assert (await LabSession.objects.aget()).state == State.STOPPING


@in_a_loop
async def test_an_open_page_is_marked_and_named(ada, on_air, broker):
    async with Redis.from_url(broker) as redis, redis.pubsub(ignore_subscribe_messages=True) as watcher:
        await watcher.subscribe(OPEN)
        async with connected(ada, on_air) as (_client, events):
            await until(events, "hello")
            await anext(events)  # a heartbeat
            word = await watcher.get_message(timeout=2) or await watcher.get_message(timeout=2)
            assert word["data"].decode() == str(on_air.pk)
            assert 0 < await redis.ttl(open_key(on_air.pk)) <= 40


@in_a_loop
async def test_a_page_is_told_whether_live_checks_run(ada, on_air, broker):
    async with Redis.from_url(broker) as redis:
        await redis.set(watched_key(on_air.pk), 1)
        async with connected(ada, on_air) as (_client, events):
            assert await until(events, "watch") == {"on": True}
            await redis.delete(watched_key(on_air.pk))  # the watcher has died
            assert await asyncio.wait_for(until(events, "watch"), 3) == {"on": False}
