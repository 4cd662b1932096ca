"""The faults. Each one strikes once, for a while; the product must recover by itself."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings

from labs.engine.runtime.driver import Engine
from labs.lifecycle import tasks
from rigs.chaos.chaos_labs import EATS
from rigs.chaos.chaos_site import ChaosSite
from rigs.chaos.phases import EATING, EVERY, RESUMING, RUNS, STARTING, Cast
from vaka.ops.process_readiness import broker_answers

LOCKED_SECONDS, FULL_SECONDS = 10.0, 8.0
EATEN_SECONDS = 3.0  # until the memory is gone
STEP = 300  # seconds by which the clock is stepped

Strike = Callable[[ChaosSite, Cast], None]


@dataclass(frozen=True, slots=True)
class SiteFault:
    name: str
    strike: Strike
    phases: tuple[str, ...] = EVERY
    builds_up: bool = False  # nothing is broken until the strike is over
    hungry: bool = False  # a starting lab uses up its memory itself


def killed(name: str) -> Strike:
    return lambda site, cast: site.kill(name)


def broker_emptied(site: ChaosSite, cast: Cast) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushall()


def engine_restarted(site: ChaosSite, cast: Cast) -> None:
    site.engine.stop()
    site.engine.start()


def containers_killed(site: ChaosSite, cast: Cast) -> None:
    engine = Engine(settings.SITE_ID_TEXT, site.engine.address)
    try:
        for container in site.containers().values():
            with suppress(Exception):  # it may end at this moment
                engine.client.api.kill(container)
    finally:
        engine.close()


def rebooted(site: ChaosSite, cast: Cast) -> None:
    """Kill everything at the same moment; then boot."""
    every = [number for numbers in site.processes().values() for number in numbers]
    for number in [*([site.up.pid] if site.up else []), *every]:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    site.engine.pull_the_plug()
    if site.up:
        site.up.wait()
    site.engine.start()
    site.start()


def out_of_memory(site: ChaosSite, cast: Cast) -> None:
    """Let learners who can type use up the memory of their labs. Hungry labs have done so already."""
    for phase in EATING:
        cast[phase].begin_typing(EATS)
    time.sleep(EATEN_SECONDS)


def database_locked(site: ChaosSite, cast: Cast) -> None:
    database = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    time.sleep(LOCKED_SECONDS)
    database.execute("ROLLBACK")
    database.close()


def full(where: Callable[[ChaosSite], Path]) -> Strike:
    """Fill the disk of the folder. SQLite's write-ahead log is truncated first, so that it has no space in reserve."""

    def strike(site: ChaosSite, cast: Cast) -> None:
        site.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        filler = where(site) / "filler"
        with filler.open("wb", buffering=0) as file:
            # In pieces: one large write would fail as a whole if another process writes meanwhile
            for step in (16 << 20, 4096):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), step)
        time.sleep(FULL_SECONDS)
        filler.unlink()

    return strike


def _live(site: ChaosSite) -> list[tuple[str, int, str]]:
    live = site.rows(
        "SELECT id, generation, state FROM labs_labsession WHERE state NOT IN ('stopped', 'failed') AND learner_id > 0"
    )
    return [(str(key), int(generation), str(state)) for key, generation, state in live]


def _jobs(site: ChaosSite, *, over: bool) -> list[tuple[int, str]]:
    rows = site.rows(f"SELECT id, kind FROM labs_job WHERE ended_at IS {'NOT' if over else ''} NULL")  # noqa: S608
    return [(int(key), str(kind)) for key, kind in rows]


def _send_jobs(jobs: list[tuple[int, str]]) -> None:
    for key, kind in jobs:
        (tasks.reset_lab if kind == "reset" else tasks.check_lab).delay(key)


def twice(site: ChaosSite, cast: Cast) -> None:
    """Deliver all tasks in progress two more times."""
    for _ in range(2):
        for session, generation, state in _live(site):
            if state == "stopping":
                tasks.stop_session.delay(session)
            tasks.start_session.delay(session, generation)
        _send_jobs(_jobs(site, over=False))


def late(site: ChaosSite, cast: Cast) -> None:
    """Deliver all tasks of finished work once more."""
    ended = site.rows("SELECT id, generation FROM labs_labsession WHERE state IN ('stopped', 'failed')")
    for session, generation in ended[-30:]:
        tasks.start_session.delay(session, generation)
        tasks.stop_session.delay(session)
    for session, generation, _state in _live(site):
        tasks.start_session.delay(session, generation - 1)
    _send_jobs(_jobs(site, over=True)[-30:])


def out_of_order(site: ChaosSite, cast: Cast) -> None:
    """Deliver stops before starts, and tasks of beat in between."""
    for session, generation, _state in _live(site):
        tasks.stop_session.delay(session)
        tasks.start_session.delay(session, generation + 1)
    for _ in range(3):
        tasks.expire.delay()
        tasks.reconcile.delay()
    _send_jobs(_jobs(site, over=False))


TIMES = {
    "labs_labsession": ("state_at", "created_at", "admitted_at", "ready_at", "ends_at", "active_at", "saving_at"),
    "labs_save": ("made_at",),
    "labs_checkstatus": ("since", "seen_at", "first_passed_at", "passed_in_attempt_at"),
    "labs_sessionevent": ("at",),
    "labs_job": ("asked_at", "taken_at"),
}


def clock(seconds: int) -> Strike:
    """Step the clock by ``seconds``, as the rows see it: all recorded times move the other way."""

    def strike(site: ChaosSite, cast: Cast) -> None:
        database = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30)
        with database:
            for table, columns in TIMES.items():
                moved = ", ".join(f"{name} = strftime('%Y-%m-%d %H:%M:%f', {name}, ?)" for name in columns)
                database.execute(f"UPDATE {table} SET {moved}", [f"{-seconds} seconds"] * len(columns))  # noqa: S608
        database.close()

    return strike


def broker_restarted(site: ChaosSite, cast: Cast) -> None:
    site.kill("broker")
    until = time.monotonic() + 5
    while broker_answers() and time.monotonic() < until:
        time.sleep(0.02)


FAULTS = (
    SiteFault("worker killed -9", killed("worker")),
    SiteFault("starter killed -9", killed("starter")),
    SiteFault("saver killed -9", killed("saver")),
    SiteFault("beat killed", killed("beat")),
    SiteFault("broker restarted", broker_restarted),
    SiteFault("broker emptied", broker_emptied),
    SiteFault("engine restarted", engine_restarted),
    SiteFault("container killed from outside", containers_killed, RUNS),
    SiteFault("host rebooted", rebooted),
    SiteFault("out of memory in the lab", out_of_memory, (*EATING, STARTING, RESUMING), builds_up=True, hungry=True),
    SiteFault("database locked for 10 s", database_locked),
    SiteFault("disk of the site full for 8 s", full(lambda site: site.state)),
    SiteFault("disk of the engine full for 8 s", full(lambda site: site.engine.folder)),
    SiteFault("tasks delivered twice", twice),
    SiteFault("tasks delivered late", late),
    SiteFault("tasks delivered out of order", out_of_order),
    SiteFault("clock stepped 5 minutes forward", clock(STEP)),
    SiteFault("clock stepped 5 minutes back", clock(-STEP)),
    SiteFault("relay killed", killed("relay")),
    SiteFault("gateway killed", killed("gateway")),
    SiteFault("site killed", killed("site")),
    SiteFault("watcher killed", killed("watcher")),
)
