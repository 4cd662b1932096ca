"""The time limits of the site follow the machine's pace: on a machine of pace 10 each of them is ten times as long."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labs.engine.shared import pace
from labs.lifecycle import flavour_builds, save_delivery, saves, tasks
from tests.written_limits import found

CLONE = Path(__file__).parents[2]

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
from labs.lifecycle import bots, save_delivery, saves, worker_health
from labs.management.commands import end_day
from labs.pages import live_map
from labs.terminals import closing_terminals, gateway
from labs.views import changes
from vaka.ops import process_manager, up
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
    "a save": asked_for(lab.save),
    "a save of a session": asked_for(lab.save, seconds=default),
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
    "worker health: refused": worker_health.REFUSED_SECONDS,
    "worker health: starter": worker_health.HERE_SECONDS,
    "worker health: missed": worker_health.MISSED_SECONDS,
    "worker health: patience with a lock": worker_health.LOCKED_PATIENCE,
    "worker health: patience with a starter": worker_health.STARTER_PATIENCE,
    "a stop: SIGTERM": process_manager.GENTLE,
    "a stop: SIGQUIT": process_manager.FIRM,
    "a stop: the last": process_manager.LAST,
    "the end of the day": end_day.PATIENCE,
    "a fault fails within": preparation.FAILS_WITHIN,
    "a fault fails for": preparation.FAILS_FOR,
    "a fault is gone": preparation.RECOVERS_WITHIN,
    "the broker: sign-out": closing_terminals.BROKER_SECONDS,
    "the broker: gateway": gateway.BROKER_SECONDS,
    "the broker: Celery": settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_connect_timeout"],
    "the broker: a task that nobody has ended": settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"],
    "SQLite": settings.DATABASES["default"]["OPTIONS"]["timeout"],
    "a rehearsal": rehearsal.TIMEOUT.total_seconds(),
    "the guard of socket memory": up.BOUND_EVERY,
}))
"""


def environment(slower, state):
    told = {"PATH": "", "VAKA_STATE": str(state), "DJANGO_SETTINGS_MODULE": "vaka.settings"}
    return told | {"PYTHONPATH": ":".join(sys.path), pace.VARIABLE: str(slower)}


def limits(slower, state):
    """Return the limits of a site, in seconds by name, on a machine of this pace."""
    told = environment(slower, state)
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


EXCEPTIONS = {
    # Multiplied where they are used, as test_what_is_multiplied_elsewhere_is_multiplied_once shows
    "labs/pages/live_map.py: SECONDS": "the lab's client multiplies it",
    "labs/views/changes.py: SECONDS": "the lab's client multiplies it",
    "courses/recording/hardware_addresses.py: ask(seconds=10)": "the lab's client multiplies it",
    "platform/vaka/env.py: SQLITE_SECONDS": "settings multiply it",
    "platform/vaka/accounts/password_guesses.py: CHECK_TAKES": "multiplied where it is used",
    "platform/vaka/ops/process_readiness.py: BROKER_SECONDS": "multiplied at each use",
    "platform/vaka/ops/process_readiness.py: ANSWER_SECONDS": "multiplied at each use",
    # A promise to people, or what they do: the clock of a person has no pace
    "labs/lifecycle/worker_health.py: REFUSED_PATIENCE": "a start fails within a minute; a refusal comes at once on every machine",
    "labs/lifecycle/worker_health.py: YOUNG": "part of the same promise",
    "labs/lifecycle/database_writes.py: WAITS": "a refusal comes at once; tries that wait for a lock are counted",
    "labs/capacity/fits.py: PATIENCE": "what a class accepts to wait",
    "labs/lifecycle/saves.py: PATIENCE": "how old a save may be",
    "labs/live/watcher.py: PATIENCE": "how long a page may show what was",
    "labs/events.py: OPEN_SECONDS": "more than two heartbeats, which come by the clock",
    "labs/lifecycle/captures.py: MOST_SECONDS": "the length of a capture, which a learner chooses",
    "labs/terminals/effect_of_keys.py: SETTLES_WITHIN": "what is typed at a password prompt must vanish soon",
    "platform/vaka/settings.py: LAB_EXTENSION_WITHIN": "minutes before a deadline in which a learner may extend it",
    "platform/vaka/settings.py: PASSWORD_RESET_TIMEOUT": "the lifetime of a link",
    "platform/vaka/workshops/models/seat.py: SEEN_WITHIN": "a page of the seat reports once a minute, by the clock",
    # The other side is slow, not this server
    "platform/vaka/settings.py: 'timeout': 10": "the mail server's answer",
    "platform/vaka/web/body_limits.py: BODY_TIMEOUT": "the client's line",
    "platform/vaka/web/body_limits.py: DRAIN_SECONDS": "the client's line, after a refusal",
    "platform/vaka/home/open_exports.py: PATIENCE": "the client's line",
    # The time between two readings
    "platform/vaka/ops/process_manager.py: wait(0.1)": "a look at the programs",
    "platform/vaka/ops/up.py: wait(0.05)": "a look at a command",
    # Inside an engine or a supervisor that the proofs have recorded. Multiplied by the client or at each use
    **dict.fromkeys(
        (
            "labs/engine/adapters/node_state.py: read_network(seconds=10)",
            "labs/engine/cpu_budget.py: SECONDS",
            "labs/engine/checks/dns.py: SECONDS",
            "labs/engine/checks/flow.py: FLOW_SECONDS",
            "labs/engine/checks/net.py: SECONDS",
            "labs/engine/checks/path.py: SECONDS",
            "labs/engine/diagnosis/deadline.py: SECONDS",
            "labs/engine/diagnosis/deadline.py: PATIENCE",
            "labs/engine/drafting/draft_runs.py: MOST_WAIT",
            "labs/engine/drafting/drafting.py: TRIED_WITHIN",
            "labs/engine/drafting/drafting.py: DISTURBED_WITHIN",
            "labs/engine/drafting/observed.py: SECONDS",
            "labs/engine/grading/answers.py: ASK_SECONDS",
            "labs/engine/runtime/changes.py: collect(seconds=10)",
            "labs/engine/grading/grading.py: CABLES_SECONDS",
            "labs/engine/runtime/client.py: ask(seconds=10)",
            "labs/engine/runtime/client.py: cables(seconds=10)",
            "labs/engine/runtime/client.py: status(seconds=10)",
            "labs/engine/runtime/link_state.py: read_link_states(seconds=5)",
            "labs/engine/shared/asker.py: ask(seconds=10)",
            "labs/engine/state/reading.py: SECONDS",
            "labs/supervisor/cables.py: RESTORE_SECONDS",
            "labs/supervisor/probes/reachability.py: HOP_SECONDS",
        ),
        "the lab's client or the code beside it multiplies it",
    ),
    # The same, and not a limit
    **dict.fromkeys(
        (
            "labs/engine/adapters/node_state.py: UNREAD_SECONDS",
            "labs/engine/authoring/new_check.py: WITHIN",
            "labs/engine/diagnosis/path.py: CAPTURE_SECONDS",
            "labs/engine/drafting/draft_runs.py: MISTAKE_SECONDS",
            "labs/engine/drafting/draft_runs.py: LEAST_WAIT",
            "labs/engine/drafting/selection.py: LEAST_WITHIN",
            "labs/engine/drafting/selection.py: MOST_WITHIN",
            "labs/engine/drafting/traffic_proposals.py: LINK_FAILS_SECONDS",
            "labs/engine/foreign_labs/lab_yaml.py: MOST_WITHIN",
            "labs/engine/foreign_labs/netlab_checks.py: MOST_WAIT",
            "labs/engine/grading/timers.py: ROUTE_MAP_SECONDS",
            "labs/engine/grading/timers.py: BGP_SECONDS",
            "labs/engine/grading/timers.py: OSPF_SECONDS",
            "labs/engine/proof/trial.py: MISTAKE_SECONDS",
            "labs/supervisor/captures.py: MOST_SECONDS",
            "labs/supervisor/seccomp.py: WAIT_KILLABLE",
            "labs/supervisor/socket_budget.py: STILL_WAITS",
        ),
        "a timer of a protocol, a least time, a number of the kernel, or one that an author writes",
    ),
}


def test_a_number_of_seconds_follows_the_pace_or_has_a_reason():
    files = [file for folder in ("platform", "labs", "courses") for file in (CLONE / folder).rglob("*.py")]
    written = {
        f"{file.relative_to(CLONE)}: {name}" for file in files if "migrations" not in file.parts for name in found(file)
    }
    assert sorted(written - set(EXCEPTIONS)) == [], "use labs.engine.shared.pace.seconds, or name the reason above"
    assert sorted(set(EXCEPTIONS) - written) == [], "these exceptions are out of date"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("WAITS = 60.0", "WAITS"),
        ("READY_SECONDS, STOP_SECONDS = 1, 2", "STOP_SECONDS"),
        ("STALE = timedelta(minutes=5)", "STALE"),
        ("PATIENCE: float = 60 * 2", "PATIENCE"),
        ("await asyncio.wait_for(work(), 5)", "wait_for(5)"),
        ("subprocess.run(command, timeout=5)", "run(timeout=5)"),
        ("made.settimeout(1.5)", "settimeout(1.5)"),
        ("def ask(*, timeout=5): pass", "ask(timeout=5)"),
        ("options = {'socket_timeout': 5}", "'socket_timeout': 5"),
        ("WAITS = pace.seconds(60.0)", ""),
        ("A_SECONDS, B_SECONDS = (round(pace.seconds(limit)) for limit in (15, 20))", ""),
        ("WAITS = 3 * TAKES", ""),
        ("made.settimeout(seconds)", ""),
        ("found.append(self.next(timeout=0.0))", ""),
    ],
)
def test_what_counts_as_a_number_of_seconds(tmp_path, line, name):
    file = tmp_path / "module.py"
    file.write_text(line)
    assert (name in set(found(file))) if name else (list(found(file)) == [])


def test_a_start_that_cannot_be_written_fails_within_a_minute_at_every_pace(tmp_path):
    """Regression: at pace 30 the learner waited for 17 minutes."""
    program = (
        "import django; django.setup(); from labs.lifecycle import worker_health as s; "
        "print(s.YOUNG.total_seconds() + s.REFUSED_PATIENCE)"
    )
    told = environment(30, tmp_path)
    done = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=True)
    assert float(done.stdout.splitlines()[-1]) <= 40, "20 s are left for the first refusal and for the page"


def test_what_is_multiplied_elsewhere_is_multiplied_once(tmp_path):
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
