"""The time limits of the site follow the machine's pace: on a machine of pace 10 each of them is ten times as long."""

import json
import subprocess
import sys

import pytest

from labs.engine.shared import pace
from labs.lifecycle import flavour_builds, save_delivery, saves, tasks

# Most limits are set when their module is imported, so a program of its own reads them
PROGRAM = """
import inspect, json
from contextlib import suppress
from pathlib import Path

import django

django.setup()

from django.conf import settings

from labs.engine.errors import LabFailed
from labs.engine.runtime import client
from labs.engine.trouble_tickets import preparation
from labs.lifecycle import bots, save_delivery, saves, stalled
from labs.management.commands import end_day
from labs.pages import live_map
from labs.terminals import gateway, tokens
from labs.views import changes
from vaka.ops import site
from vaka.workshops.services import rehearsal


class Refusing(client.LabClient):
    def converse(self, operation, patience, **more):
        asked.append(patience)
        raise LabFailed(operation)


def asked_for(call, *arguments, **more):
    asked.clear()
    with suppress(LabFailed):
        call(*arguments, **more)
    return asked[-1]


asked, lab = [], Refusing(Path("nowhere"), "session")
default = inspect.signature(saves.make).parameters["seconds"].default
when_free = inspect.signature(saves.make_when_free).parameters["seconds"].default
print(json.dumps({
    "a save": asked_for(lab.save, seconds=default),
    "a save after another": asked_for(lab.save, seconds=when_free),
    "the work of a seat": asked_for(bots.work_on, lab, ["r1"]),
    "a capture": asked_for(lab.capture, "r1:eth0", "", seconds=1, largest=1),
    "the captures": asked_for(lab.captures),
    "the end of a capture": asked_for(lab.stop_capture, 1),
    "the packets of a capture": asked_for(lab.fetch_capture, 1),
    "the removal of a capture": asked_for(lab.drop_capture, 1),
    "the terminals": asked_for(lab.terminals),
    "the watch": asked_for(lab.watch),
    "the status": asked_for(lab.status),
    "a cable": asked_for(lab.do, {}),
    "the changes": asked_for(lab.ask, [{}], seconds=changes.SECONDS),
    "the map of routes": asked_for(lab.ask, [{}], seconds=live_map.SECONDS),
    "the lock of a reading": changes.READ_LOCK.total_seconds(),
    "a lost save": saves.STALE.total_seconds(),
    "a delivery in the broker": saves.DELIVERY_SECONDS,
    "the wait for a delivery": save_delivery.WAITS,
    "stalled: refused": stalled.REFUSED_SECONDS,
    "stalled: starter": stalled.HERE_SECONDS,
    "stalled: missed": stalled.MISSED_SECONDS,
    "stalled: patience": stalled.PATIENCE,
    "stalled: young": stalled.YOUNG.total_seconds(),
    "the end of the day": end_day.PATIENCE,
    "a fault fails within": preparation.FAILS_WITHIN,
    "a fault fails for": preparation.FAILS_FOR,
    "a fault is gone": preparation.RECOVERS_WITHIN,
    "the broker: sign-out": tokens.BROKER_SECONDS,
    "the broker: gateway": gateway.BROKER_SECONDS,
    "the broker: Celery": settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_connect_timeout"],
    "the broker: a task that nobody has ended": settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"],
    "SQLite": settings.DATABASES["default"]["OPTIONS"]["timeout"],
    "a rehearsal": rehearsal.TIMEOUT.total_seconds(),
    "the guard of socket memory": site.BOUND_EVERY,
}))
"""


def limits(slower, state):
    """Return the limits of a site, in seconds by name, on a machine of this pace."""
    told = {"PATH": "", "VAKA_STATE": str(state), "DJANGO_SETTINGS_MODULE": "vaka.settings"}
    told |= {"PYTHONPATH": ":".join(sys.path), pace.VARIABLE: str(slower)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_limit_is_multiplied_by_the_pace_and_by_nothing_else(tmp_path):
    usual, slow = limits(1, tmp_path), limits(10, tmp_path)
    assert {name: slow[name] / usual[name] for name in usual} == pytest.approx(dict.fromkeys(usual, 10))


def test_a_save_counts_as_lost_only_after_its_own_limit():
    assert saves.STALE.total_seconds() > saves.SAVE_SECONDS


def test_a_page_waits_as_long_as_a_delivery_may_take_and_the_broker_keeps_it_longer():
    assert tasks.deliver_save.soft_time_limit <= save_delivery.WAITS < saves.DELIVERY_SECONDS


def test_the_broker_gives_no_task_to_a_second_worker_while_the_first_may_still_run_it(tmp_path):
    """The longest task builds an image of lab programs. Valkey's default of an hour is shorter on a slow machine."""
    for slower in (1, 30):
        longest = flavour_builds.SECONDS * slower / pace.factor() + 30
        assert limits(slower, tmp_path)["the broker: a task that nobody has ended"] > longest
