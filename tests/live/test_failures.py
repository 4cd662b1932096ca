"""Failures on a whole real site: what the learner reads, and that the site recovers by itself."""

import asyncio
import json
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import websockets

from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from tests.live.whole_site import Up
from vaka.ops.site_client import SiteClient, Unexpected
from vaka.ops.terminal_client import TerminalClient

pytestmark = pytest.mark.live
LAB = "ospfv3-one-area"
ENDED = ("stopped", "failed")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failures")
    up = Up(folder / "state", folder / "up.log", VAKA_LAB_START_SECONDS=str(round(pace.seconds(30))))
    try:
        yield up.until_it_serves()
    finally:
        up.end()


@pytest.fixture
def engine(site):
    opened = Engine((site.state / "site_id").read_text().strip())
    yield opened
    opened.close()


def sign_in(site, name):
    visitor = SiteClient(f"http://localhost:{site.port}")
    form = visitor.read("/accounts/login/").form(with_field="password")
    people = json.loads((site.state / "credentials/demo_people.json").read_text())
    visitor.send(form, login=name, password=people[name])
    return visitor


@pytest.fixture
def ada(site):
    """The trainee, signed in; what she started has stopped in the end."""
    with sign_in(site, "trainee") as visitor:
        yield visitor
        for form in visitor.read(f"/labs/{LAB}/").forms:
            if form.action.endswith("/stop"):
                visitor.send(form)
                until(visitor, form.action.split("/")[-2], ENDED, 30)  # else the next start would be this one


@pytest.fixture
def linus(site):
    with sign_in(site, "mentor") as visitor:
        yield visitor


def started(visitor, **more):
    return visitor.send_for_json(f"/labs/{LAB}/start", **more)["session"]


def until(visitor, session, wanted, seconds):
    end = time.monotonic() + pace.seconds(seconds)
    while (status := visitor.read_json(f"/labs/sessions/{session}/status"))["state"] not in wanted:
        assert time.monotonic() < end, json.dumps(status)
        time.sleep(0.1)
    return status


def pressed_at_once(visitor, times):
    with ThreadPoolExecutor(times) as pool:
        return {future.result() for future in [pool.submit(started, visitor) for _ in range(times)]}


def test_ten_presses_in_two_windows_start_one_lab(site, ada, engine):
    with sign_in(site, "trainee") as other_window:
        sessions = pressed_at_once(ada, 5) | pressed_at_once(other_window, 5)
    assert len(sessions) == 1
    until(ada, sessions.pop(), ["ready"], 60)
    assert len(engine.sessions()) == 1


def test_a_lab_that_is_removed_under_her_feet_is_told_and_can_be_started_again(ada, engine):
    session = started(ada)
    until(ada, session, ["ready"], 60)
    engine.remove(session)
    status = until(ada, session, ["failed"], 40)
    assert "removed by somebody or something else, not by you" in status["error"]
    assert "removed by somebody or something else, not by you" in ada.read(f"/labs/{LAB}/").text
    again = started(ada)
    assert again != session
    until(ada, again, ["ready"], 60)


def children_of(process):
    """Return the numbers of the processes that ``process`` has started; a worker that has just begun has none for a moment."""
    end = time.monotonic() + pace.seconds(20)
    while time.monotonic() < end:
        found = subprocess.run(
            ["pgrep", "-P", str(process)], capture_output=True, text=True, check=False
        ).stdout.split()
        if found:
            return [int(number) for number in found]
        time.sleep(0.05)
    raise AssertionError(f"process {process} has started no others")


def test_a_worker_killed_while_it_starts_a_lab_costs_time_and_nothing_else(site, ada, engine):
    starter = site.processes()["starter"]
    children = children_of(starter)
    os.kill(starter, signal.SIGSTOP)  # the lab waits in the queue until the starter is held no more
    session = started(ada)
    os.kill(starter, signal.SIGCONT)
    until(ada, session, ["starting", "ready"], 20)
    for number in (starter, *children):
        os.kill(number, signal.SIGKILL)
    until(ada, session, ["ready"], 150)  # half a minute on an idle machine
    assert [found.running for found in engine.sessions().values()] == [True]


def test_another_persons_session_is_nowhere_to_be_found(ada, linus):
    session = started(ada)
    until(ada, session, ["ready"], 60)
    for path in ("status", "panel", "events"):
        with pytest.raises(Unexpected, match="status 404"):
            linus.read(f"/labs/sessions/{session}/{path}")
    for path in ("check", "reset", "stop", "terminal-token"):
        with pytest.raises(Unexpected, match="status 404"):
            linus.send_for_json(f"/labs/sessions/{session}/{path}", node="r1")
    assert until(ada, session, ["ready"], 1)


async def said_to(url, site, *messages):
    """Return the answers of the gateway to these messages, until it closes: (texts, close code)."""
    texts = []
    async with websockets.connect(url, origin=f"http://localhost:{site.port}") as socket:
        for message in messages:
            await socket.send(message)
        try:
            async with asyncio.timeout(8):
                while True:
                    texts.append(await socket.recv())
        except websockets.ConnectionClosed:
            pass
        return texts, socket.close_code


def test_a_token_opens_one_terminal_and_then_no_other(site, ada):
    session = started(ada)
    until(ada, session, ["ready"], 60)
    opened = ada.send_for_json(f"/labs/sessions/{session}/terminal-token", node="r1")
    first = json.dumps({"token": opened["token"], "rows": 24, "cols": 80})

    async def twice():
        async with websockets.connect(opened["url"], origin=f"http://localhost:{site.port}") as socket:
            await socket.send(first)
            assert json.loads(await socket.recv())["opened"] is True
        return await said_to(opened["url"], site, first)

    texts, code = asyncio.run(twice())
    assert code == 4401
    assert "used" in texts[-1]


@pytest.mark.parametrize(
    "message", ["not json", "[]", "{}", '{"token": 5}', '{"token": "x.y.z"}', b"\x00\xff" * 50, "x" * 200_000]
)
def test_malformed_messages_are_answered_and_the_gateway_goes_on(site, ada, message):
    session = started(ada)
    until(ada, session, ["ready"], 60)
    url = ada.send_for_json(f"/labs/sessions/{session}/terminal-token", node="r1")["url"]
    _, code = asyncio.run(said_to(url, site, message))
    assert code in (4400, 4401, 4403, 1009)
    assert "Traceback" not in (site.state / "log" / "gateway.log").read_text()


def test_one_grep_finds_the_life_of_a_lab_and_no_secrets(site, ada):
    """And the numbers for Prometheus of a site that runs."""
    session = started(ada)
    until(ada, session, ["ready"], 60)
    opened = ada.send_for_json(f"/labs/sessions/{session}/terminal-token", node="r1")
    with TerminalClient(opened["url"], opened["token"], f"http://localhost:{site.port}") as terminal:
        terminal.wait_for_prompt()
        terminal.type("echo nobody-reads-this")
    ada.send_for_json(f"/labs/sessions/{session}/stop")
    until(ada, session, ["stopped"], 20)
    ours = ("site", "starter", "worker", "gateway", "relay", "beat", "watcher")
    texts = {name: (site.state / "log" / f"{name}.log").read_text() for name in ours}
    lines = [
        json.loads(line) for text in texts.values() for line in text.splitlines() if not line.startswith("worker: ")
    ]
    life = {line["program"] for line in lines if line.get("session") == session}
    assert {"site", "starter", "worker", "gateway", "relay"} <= life
    password = json.loads((site.state / "credentials/demo_people.json").read_text())["trainee"]
    for secret in ("nobody-reads-this", opened["token"], password, (site.state / "secret_key").read_text().strip()):
        assert secret not in "".join(texts.values())
    metrics = httpx.get(f"http://localhost:{site.port}/metrics").text
    assert re.search(r'vaka_starts_total\{outcome="ready",reason=""\} [1-9]', metrics)
    assert "trainee" not in metrics


def test_with_the_broker_held_she_reads_that_the_queue_does_not_answer(site, ada):
    broker = site.processes()["broker"]
    os.kill(broker, signal.SIGSTOP)
    try:
        status = ada.send_for_json(f"/labs/{LAB}/start")
        assert "the message broker does not answer" in status["error"]
    finally:
        os.kill(broker, signal.SIGCONT)
    until(ada, started(ada), ["ready"], 60)


def test_without_an_engine_she_reads_whom_to_tell(tmp_path):
    up = Up(tmp_path / "state", tmp_path / "up.log", DOCKER_HOST=f"unix://{tmp_path}/no.sock")
    try:
        up.until_it_serves()
        with sign_in(up, "trainee") as visitor:
            status = until(visitor, started(visitor), ["failed"], 30)
            assert "No Docker engine answers on this server" in status["error"]
            assert "Tell the person who runs this site" in visitor.read(f"/labs/{LAB}/").text
    finally:
        up.end()
