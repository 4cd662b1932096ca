"""Live checks on a whole real site: one after a change, and none while the lab is quiet."""

import json
import os
import queue
import signal
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace
from tests.live.whole_site import Up
from vaka.ops.site_client import SiteClient

pytestmark = [pytest.mark.live, pytest.mark.alone]
LAB = "ospfv3-one-area"
SOON = 8.0  # seconds to wait on a busy machine for the one that follows a change; the bench measures how soon it comes


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("looks")
    up = Up(folder / "state", folder / "up.log")
    try:
        yield up.until_it_serves()
    finally:
        up.end()


class Ada:
    """The trainee, with a lab that runs."""

    def __init__(self, site, visitor):
        self.site, self.visitor = site, visitor
        visitor.send_for_json(f"/labs/{LAB}/start")
        while (status := visitor.read_json(self.status_url()))["state"] != "ready":
            assert status["state"] in ("requested", "starting"), status
            time.sleep(0.2)
        self.session = LabClient(site.state / "run/engine/relay.sock", status["session"])

    def status_url(self):
        [path] = self.query("SELECT id FROM labs_labsession ORDER BY created_at DESC LIMIT 1")
        raw = path[0]
        return f"/labs/sessions/{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}/status"

    def query(self, sql):
        with closing(sqlite3.connect(f"file:{self.site.state}/database/db.sqlite3?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def outcomes(self):
        name = self.session.session.replace("-", "")
        return dict(self.query(f"SELECT check_id, outcome FROM labs_checkstatus WHERE session_id = '{name}'"))

    def ends(self):
        [[ends]] = self.query("SELECT ends FROM labs_labsession ORDER BY created_at DESC LIMIT 1")
        return json.loads(ends)

    def address(self):
        """Return the address that r1's loopback needs in this lab: the lab has parameters."""
        [[seed]] = self.query("SELECT seed FROM labs_labsession ORDER BY created_at DESC LIMIT 1")
        lab = load_lab(Path("labs/catalog") / LAB, seed)
        return next(check for check in lab.checks() if check.id == "loopback-r1").expect["addresses"][0]

    def stop(self):
        for form in self.visitor.read(f"/labs/{LAB}/").forms:
            if form.action.endswith("/stop"):
                self.visitor.send(form)
        while self.visitor.read_json(self.status_url())["state"] not in ("stopped", "failed"):
            time.sleep(0.1)  # else the next start would be this one


class OpenPage:
    """The events that an open lab page receives."""

    def __init__(self, ada):
        self.ada, self.heard, self.shut = ada, queue.Queue(), threading.Event()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        url = f"/labs/sessions/{self.ada.session.session}/events"
        name = ""
        with suppress(httpx.HTTPError), self.ada.visitor.http.stream("GET", url) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.heard.put((name, json.loads(line.removeprefix("data: "))))
                if self.shut.is_set():
                    return

    def until(self, name, seconds=20.0, **facts):
        end = time.monotonic() + pace.seconds(seconds)
        while True:
            event, told = self.heard.get(timeout=max(0.01, end - time.monotonic()))
            if event == name and facts.items() <= told.items():
                return told

    def until_quiet(self, seconds=9.0):
        """Wait until no live check has come for longer than they follow a change."""
        try:
            while True:
                self.until("checks", seconds)
        except queue.Empty:
            return


@pytest.fixture(scope="module")
def ada(site):
    """One lab for all tests: each leaves it as it was, and the last one stops it."""
    with visiting(site) as visitor:
        found = Ada(site, visitor)
        yield found
        found.stop()


@contextmanager
def visiting(site):
    with SiteClient(f"http://localhost:{site.port}") as visitor:
        form = visitor.read("/accounts/login/").form(with_field="password")
        people = json.loads((site.state / "credentials/demo_people.json").read_text())
        visitor.send(form, login="trainee", password=people["trainee"])
        yield visitor


@pytest.fixture
def page(ada):
    opened = OpenPage(ada)
    opened.until("watch", on=True)
    yield opened
    opened.shut.set()


def until(true, seconds):
    end = time.monotonic() + pace.seconds(seconds)
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def type_address(ada, shell):
    """Type an address that a check needs, after the live checks for Enter are over, and wait for its verdict."""
    shell.send(f"sleep 8; ip addr add {ada.address()} dev lo\r".encode())
    until(lambda: ada.outcomes().get("loopback-r1") == "passed", 8 + SOON)
    shell.read_to_prompt()


def test_an_address_that_was_typed_gets_its_verdict_on_the_page(ada, page):
    page.until("checks", changed=True)
    until(lambda: ada.outcomes().get("loopback-r1") == "failed", 10)  # the first event may be about a cable
    with Shell(ada.session, "r1") as shell:
        page.until_quiet()
        type_address(ada, shell)
        assert page.until("checks", changed=True)
    assert "Passed before" not in ada.visitor.read(f"/labs/{LAB}/").text
    with Shell(ada.session, "r1") as shell:
        shell.type(f"ip addr del {ada.address()} dev lo")
        until(lambda: ada.outcomes()["loopback-r1"] == "failed", SOON)
    # “Passed before” needs a terminal of the page: nobody has typed there (labs.lifecycle.work_begun)
    assert not ada.query("SELECT 1 FROM labs_attempt")


def test_an_interface_that_the_learner_sets_down_is_shown_as_down(ada, page):
    def is_down():
        return ada.ends().get("r1:eth2") == "DOWN"

    assert ada.ends()["r1:eth2"] == "UP"
    with Shell(ada.session, "r1") as shell:
        page.until_quiet()
        shell.type("ip link set eth2 down")
        until(is_down, SOON)
        assert page.until("checks", changed=True)
        shell.type("ip link set eth2 up")
        until(lambda: not is_down(), SOON)


def descriptors_of(number):
    return len(list(Path(f"/proc/{number}/fd").iterdir()))


def test_a_watcher_that_is_killed_is_started_again_and_runs_live_checks(site, ada, page):
    before = site.processes()["watcher"]
    os.kill(before, signal.SIGKILL)
    until(lambda: site.processes().get("watcher") not in (before, None), 15)
    page.until("watch", on=True, seconds=30)  # again, because it finds the open page by its key
    with Shell(ada.session, "r1") as shell:
        type_address(ada, shell)


def test_a_session_that_ends_leaves_no_watch(site, ada, page):
    watcher = site.processes()["watcher"]
    with_watch = descriptors_of(watcher)
    ada.stop()
    page.until("watch", on=False)
    until(lambda: descriptors_of(watcher) < with_watch, 10)
    assert "Traceback" not in (site.state / "log" / "watcher.log").read_text()
