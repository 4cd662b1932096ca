"""The watcher: when it runs live checks, which labs it watches, and what it does when broker, connection or lab goes away."""

import asyncio
import contextlib
import functools
import itertools
import json
import threading
import time
from collections import Counter
from uuid import UUID

from asgiref.sync import async_to_sync
from redis.asyncio import Redis

from labs import events
from labs.engine import cpu_budget
from labs.engine.shared import wire
from labs.live import watcher
from labs.live.live_checks import Result
from labs.live.watcher import AFTER, GAP, LATER, Schedule, Watcher

# When the checks run


def due(schedule):
    """The moments at which the checks run, if a run takes no time."""
    found = []
    while schedule.next is not None:
        found.append(schedule.next)
        schedule.begin(schedule.next)
    return found


def test_after_a_change_the_checks_run_four_times():
    schedule = Schedule()
    assert schedule.next is None
    schedule.changed(100.0)
    assert due(schedule) == [100.0 + after for after in AFTER]


def test_further_changes_do_not_put_off_the_next_run():
    schedule = Schedule()
    for tenth in range(100):
        now = tenth / 10
        schedule.changed(now)
        assert schedule.next <= now + GAP
        if schedule.next <= now:
            schedule.begin(now)


def test_between_two_runs_there_is_a_second_however_much_changes():
    schedule, runs = Schedule(), []
    for hundredth in range(1000):
        now = hundredth / 100
        schedule.changed(now)
        if schedule.next <= now:
            schedule.begin(now)
            runs.append(now)
    assert all(b - a >= GAP for a, b in itertools.pairwise(runs))
    assert len(runs) >= 9


def test_the_last_run_is_known_as_the_last():
    schedule = Schedule()
    schedule.changed(0.0)
    assert [schedule.begin(after) for after in AFTER] == [False, False, False, True]


def test_runs_that_became_due_during_a_slow_one_are_merged():
    schedule = Schedule()
    schedule.changed(0.0)
    assert schedule.begin(5.0) is False
    assert due(schedule) == [7.0]


def test_a_run_that_was_put_off_is_tried_again():
    schedule = Schedule()
    schedule.changed(0.0)
    for after in AFTER:
        schedule.begin(after)
    schedule.put_off(10.0 + LATER)
    assert due(schedule) == [10.0 + LATER]


def test_a_lab_with_exhausted_resources_is_checked_again_and_an_earlier_run_stays():
    schedule = Schedule()
    schedule.again(4.0)
    schedule.again(6.0)
    assert due(schedule) == [4.0]


# Which labs are watched


class Lab:
    """A lab behind the relay that can be watched; it sends what the test says."""

    def __init__(self):
        self.watchers, self.refuses = [], ""
        self.came = asyncio.Event()

    async def serve(self, path):
        return await asyncio.start_unix_server(self._watched, path)

    async def _watched(self, reader, writer):
        [frame] = wire.Decoder().feed(await reader.read(65_536))
        self.asked = frame.json()
        if self.refuses:
            writer.write(wire.close(self.refuses))
            writer.close()
            return
        writer.write(wire.message({"watching": True}))
        self.watchers.append(writer)
        self.came.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(65_536):
                pass
        self.watchers.remove(writer)
        writer.close()

    def says(self, value):
        for writer in self.watchers:
            writer.write(wire.message(value))

    def goes(self):
        for writer in list(self.watchers):
            writer.write(wire.close("The lab is gone."))


class Scene:
    def __init__(self, redis, lab, runs):
        self.redis, self.lab, self.runs = redis, lab, runs
        self.impatient = 0
        self.while_checking = lambda session: None
        self.whole = []

    async def open_page(self, session):
        await self.redis.set(events.open_key(session), 1, ex=events.OPEN_SECONDS)
        await self.redis.publish(events.OPEN, str(session))


SESSION = "7a9b1c2d-0000-4000-8000-000000000001"


def scene(test):
    """Run a test with a watcher, a lab, and live checks that are counted."""

    @functools.wraps(test)
    def run(broker_url, tmp_path, monkeypatch):
        monkeypatch.setattr(watcher, "AFTER", (0.05, 0.1))
        monkeypatch.setattr(watcher, "GAP", 0.01)
        monkeypatch.setattr(watcher, "LATER", 0.05)
        monkeypatch.setattr(watcher, "LATEST", 0.2)
        monkeypatch.setattr(watcher, "SWEEP", 0.1)
        monkeypatch.setattr(watcher, "WAITED", 0.05)
        monkeypatch.setattr(watcher, "SETTLES", 0.2)
        monkeypatch.setattr(watcher, "PATIENCE", 0.4)
        async_to_sync(play)(test, broker_url, tmp_path / "relay.sock", monkeypatch)

    del run.__wrapped__  # pytest reads its arguments
    return run


async def play(test, url, relay, monkeypatch):
    done = []

    def check(session, checks, *, last, whole_lab, patient, changed):
        if not patient:
            scene.impatient += 1
        done.append((str(session), checks, last))
        scene.whole.append((checks, whole_lab))
        scene.while_checking(str(session))
        return scene.answer

    async with Redis.from_url(url) as redis:
        await redis.flushall()
        lab = Lab()
        scene = Scene(redis, lab, done)
        scene.relay, scene.answer, scene.groups = relay, Result.DONE, {"": ["on"], "ping": ["far"]}
        monkeypatch.setattr(watcher.live_checks, "run", check)
        monkeypatch.setattr(watcher.live_checks, "groups", lambda session: scene.groups)
        server = await lab.serve(relay)
        scene.watcher = Watcher(redis, relay)
        running = asyncio.create_task(scene.watcher.run())
        await until(lambda: is_listening(redis))
        try:
            await test(scene)
        finally:
            running.cancel()
            await asyncio.gather(running, *scene.watcher.held.values(), return_exceptions=True)
            server.close()


async def is_listening(redis):
    return (await redis.pubsub_numsub(events.OPEN))[0][1] == 1


async def until(true, seconds=30.0):
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


@scene
async def test_the_lab_of_an_open_page_is_checked_and_then_left_alone(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) == 4)
    assert scene.lab.asked == {"session": SESSION, "op": "watch"}
    assert sorted(scene.runs) == [
        (SESSION, ["far"], False), (SESSION, ["far"], True), (SESSION, ["on"], False), (SESSION, ["on"], True),
    ]  # fmt: skip
    assert await scene.redis.exists(events.watched_key(SESSION))
    await asyncio.sleep(0.3)
    assert len(scene.runs) == 4


@scene
async def test_a_change_starts_the_checks(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) == 4)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: len(scene.runs) == 8)


@scene
async def test_labs_with_slow_answers_do_not_delay_other_labs(scene):
    scene.groups = {"": ["on"]}
    slow = [f"7a9b1c2d-0000-4000-8000-{number:012}" for number in range(2, 2 + watcher.QUICK)]
    goes_on, seen = threading.Event(), Counter()

    def wait(session):
        if session in slow:
            seen[session] += 1
            if seen[session] == 1:
                time.sleep(0.1)
            else:
                goes_on.wait(10)

    scene.while_checking = wait
    for session in slow:
        await scene.open_page(session)
    await until(lambda: all(seen[session] == 2 for session in slow))  # each is being checked, and does not answer
    try:
        await scene.open_page(SESSION)
        await until(lambda: [each for each in scene.runs if each[0] == SESSION and each[2]])
        assert all(seen[session] == 2 for session in slow)
    finally:
        goes_on.set()
    await until(lambda: len(scene.runs) == 6)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: not scene.watcher.is_late)  # a lab that answers in time again is no longer apart


@scene
async def test_a_watch_that_sends_too_much_is_ended_and_tried_again(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) == 4)
    cpu_budget.budgets[f"watch {SESSION}"] = cpu_budget.Budget(0.0)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: not scene.lab.watchers)
    cpu_budget.budgets.clear()
    await until(lambda: scene.lab.watchers, 5)  # it is tried again


@scene
async def test_several_pages_of_a_session_share_one_watch(scene):
    for _ in range(3):
        await scene.open_page(SESSION)
    await scene.lab.came.wait()
    await asyncio.sleep(0.1)
    assert len(scene.lab.watchers) == 1


@scene
async def test_checks_that_are_put_off_run_later(scene):
    scene.answer = Result.PUT_OFF
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) > 3)
    scene.answer = Result.DONE
    before = len(scene.runs)
    await until(lambda: {tuple(checks) for _, checks, _ in scene.runs[before:]} == {("on",), ("far",)})
    await asyncio.sleep(0.3)
    before = len(scene.runs)
    await asyncio.sleep(0.3)
    assert len(scene.runs) == before


@scene
async def test_a_rush_of_checks_is_let_pass_for_some_time_only(scene):
    scene.groups = {"": ["on"]}
    scene.answer = Result.RUSH
    await scene.open_page(SESSION)
    begun = time.monotonic()
    await until(lambda: scene.impatient)
    assert time.monotonic() - begun >= watcher.PATIENCE
    assert len(scene.runs) > 2
    scene.answer, scene.impatient = Result.DONE, 0
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: len([run for run in scene.runs if run[2]]) > 1)
    assert scene.impatient <= 1, "the next rush is let pass again"


@scene
async def test_after_a_pass_has_ended_the_checks_run_once_more(scene):
    """So that the open pages say it when it has not come back by itself."""
    scene.groups = {"": ["on"]}
    scene.while_checking = lambda session: setattr(scene, "answer", Result.SETTLES if ends else Result.DONE)
    ends = True
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) == 3)
    ends = False
    await until(lambda: len(scene.runs) == 4)
    await asyncio.sleep(0.4)
    assert len(scene.runs) == 4


@scene
async def test_while_runs_are_put_off_one_group_tries_for_all_and_ever_less_often(scene):
    scene.answer = Result.PUT_OFF
    at = []
    scene.while_checking = lambda session: at.append(time.monotonic())
    await scene.open_page(SESSION)
    await until(lambda: len(at) >= 8, 20)
    gaps = [later - before for before, later in itertools.pairwise(at)]
    assert min(gaps[1:3]) >= 0.04  # both groups at once, then one of them after 0.05, 0.1, 0.2, 0.2 … s
    assert min(gaps[4:]) >= 0.15


@scene
async def test_a_change_while_the_network_recovers_is_looked_at_at_once(scene):
    watcher.LATER = watcher.LATEST = 30.0
    scene.answer = Result.RECOVERS
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) >= 2)
    scene.answer, before = Result.DONE, len(scene.runs)
    scene.lab.says({"changed": ["h1"]})
    await until(lambda: {tuple(checks) for _, checks, _ in scene.runs[before:]} == {("on",), ("far",)}, 5)


@scene
async def test_a_change_while_a_job_runs_does_not_make_it_look_more_often(scene):
    watcher.LATER = watcher.LATEST = 30.0
    scene.answer = Result.PUT_OFF
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) >= 2)
    before = len(scene.runs)
    scene.lab.says({"changed": ["h1"]})
    await asyncio.sleep(0.5)
    assert len(scene.runs) == before


@scene
async def test_what_the_page_itself_has_done_is_looked_at_at_once(scene):
    watcher.LATER = watcher.LATEST = 30.0
    for event in ({"event": "cables"}, {"event": "job", "kind": "reset", "over": True}):
        scene.answer = Result.PUT_OFF
        await scene.open_page(SESSION)
        scene.lab.says({"changed": ["r1"]})
        await until(lambda: scene.watcher.watchings and scene.watcher.watchings[UUID(SESSION)]._pause)
        await asyncio.sleep(0.1)
        scene.answer, before = Result.DONE, len(scene.runs)
        await scene.redis.publish(events.channel(SESSION), json.dumps(event))
        await until(lambda before=before: {tuple(run[1]) for run in scene.runs[before:]} == {("on",), ("far",)}, 5)
        await asyncio.sleep(0.3)


@scene
async def test_the_beginning_of_a_job_and_other_events_start_no_live_check(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.runs) >= 4)
    await asyncio.sleep(0.3)
    before = len(scene.runs)
    for event in ({"event": "job", "over": False}, {"event": "checks", "changed": True}):
        await scene.redis.publish(events.channel(SESSION), json.dumps(event))
    await asyncio.sleep(0.3)
    assert len(scene.runs) == before


@scene
async def test_links_and_resources_of_a_lab_are_read_with_one_group_of_its_checks(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.whole) >= 4)
    assert all(whole == (checks == ["on"]) for checks, whole in scene.whole)


@scene
async def test_the_watch_of_an_ended_session_ends_and_its_page_learns_it(scene):
    async with scene.redis.pubsub(ignore_subscribe_messages=True) as page:
        await page.subscribe(events.channel(SESSION))
        await scene.open_page(SESSION)
        await scene.lab.came.wait()
        scene.groups = None
        scene.lab.goes()
        await until(lambda: not scene.lab.watchers)
        told = []
        while len(told) < 2:
            if word := await page.get_message(timeout=1):
                told.append(word["data"])
        assert told == [b'{"event": "watch", "on": true}', b'{"event": "watch", "on": false}']
        assert not await scene.redis.exists(events.watched_key(SESSION))
        await until(lambda: not scene.watcher.held, 5)


@scene
async def test_a_check_that_finds_the_session_ended_ends_the_watch(scene):
    scene.answer = Result.OVER
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    await until(lambda: not scene.lab.watchers and not scene.watcher.held)


@scene
async def test_a_broken_connection_is_opened_again(scene):
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    scene.lab.came.clear()
    scene.lab.goes()
    await asyncio.wait_for(scene.lab.came.wait(), 5)


@scene
async def test_the_watch_ends_after_its_page_is_closed(scene):
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    scene.watcher.opened_at = {session: at - events.OPEN_SECONDS for session, at in scene.watcher.opened_at.items()}
    await until(lambda: not scene.lab.watchers and not scene.watcher.held)


@scene
async def test_a_page_that_opened_before_the_watcher_is_found_by_its_key(scene):
    await scene.redis.set(events.open_key(SESSION), 1)
    second = asyncio.create_task(Watcher(scene.redis, scene.relay).run())
    await asyncio.wait_for(scene.lab.came.wait(), 5)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


@scene
async def test_a_lab_that_comes_to_be_watched_while_keys_are_renewed_does_not_end_the_watcher(scene):
    await scene.open_page(SESSION)
    await until(lambda: scene.redis.exists(events.watched_key(SESSION)))
    renew, renewed = scene.redis.set, []

    async def renew_while_another_comes(key, *words, **how):
        renewed.append(key)
        if len(renewed) == 1:
            await scene.watcher.is_watched(UUID(int=1))
        return await renew(key, *words, **how)

    scene.redis.set = renew_while_another_comes
    await until(lambda: renewed.count(events.watched_key(UUID(int=1))) >= 3)


@scene
async def test_an_invalid_session_id_is_ignored(scene):
    await scene.redis.publish(events.OPEN, "../../nonsense")
    await scene.open_page(SESSION)
    await asyncio.wait_for(scene.lab.came.wait(), 3)
