"""`manage.py up`, as a person starts it, on ports and with a state folder of its own."""

import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest

from labs.engine.shared import pace
from tests.live.whole_site import Up, gone, manage, processes_of

pytestmark = pytest.mark.live

CLONE = Path(__file__).resolve().parents[2]
UNPRIVILEGED = ("broker", "beat", "watcher", "site", "gateway")
WITH_THE_ENGINE = ("worker", "starter", "saver", "relay")
CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as engine:
    try:
        engine.connect(sys.argv[1])
    except OSError as error:
        print(type(error).__name__)
    else:
        print("connected")
"""


@pytest.fixture
def start(tmp_path):
    sites = []

    def begin(state=None, **more):
        sites.append(Up(state or tmp_path / "state", tmp_path / f"up-{len(sites)}.log", **more))
        return sites[-1]

    yield begin
    for site in sites:
        site.end()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One site for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("up")
    up = Up(folder / "state", folder / "up.log")
    try:
        yield up.until_it_serves()
    finally:
        up.end()


def identity(number):
    """Return the identity of a process: uid, gid, further groups, and whether it can gain rights."""
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines() if ":\t" in line
    )
    return {
        "uids": set(status["Uid"].split()),
        "gids": set(status["Gid"].split()),
        "groups": status["Groups"].split(),
        "sealed": status["NoNewPrivs"] == "1",
    }


def try_the_engine_as(number):
    """Connect to the engine's socket with the uid, gid and groups of a process; in its own view of the files."""
    who = identity(number)
    (uid,), (gid,) = who["uids"], who["gids"]
    groups = [f"--groups={','.join(who['groups'])}"] if who["groups"] else ["--clear-groups"]
    probe = ["setpriv", f"--reuid={uid}", f"--regid={gid}", *groups, sys.executable, "-c", CONNECT, "/run/docker.sock"]
    command = ["nsenter", f"--mount=/proc/{number}/ns/mnt", *probe]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def answers(port, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=pace.seconds(10)) as answer:
        return answer.status


def test_a_site_comes_up_with_all_its_processes(site):
    assert set(site.processes()) == {
        "broker",
        "relay",
        "worker",
        "starter",
        "saver",
        "beat",
        "watcher",
        "site",
        "gateway",
    }
    assert answers(site.port, "/accounts/login/") == 200
    assert answers(site.gateway, "/health") == 200
    said = site.log.read_text()
    people = json.loads((site.state / "credentials/demo_people.json").read_text())
    assert f"http://localhost:{site.port}" in said
    assert all(people[name] in said for name in ("trainee", "mentor", "instructor"))


def test_the_doctor_finds_nothing_wrong_with_a_site_that_serves(site):
    done = command(
        site.state, "doctor", VAKA_PORT=str(site.port), VAKA_GATEWAY_PORT=str(site.gateway), VAKA_LOG_FORMAT="text"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "good   Docker engine: ",
        "good   Lab image: ",
        "good   Database (sqlite): it answers",
        "good   Site: it serves",
    ):
        assert line in done.stdout


def test_only_workers_and_relay_reach_the_engine(site):
    assert os.geteuid() == 0, "This wall is there only when the site is started as root."
    processes = site.processes()
    for name in UNPRIVILEGED:
        who = identity(processes[name])
        assert "0" not in who["uids"] | who["gids"], name
        assert who["groups"] == [], name
        assert who["sealed"], name
        assert try_the_engine_as(processes[name]) == "PermissionError", name
    for name in WITH_THE_ENGINE:  # the control: the probe can succeed
        assert try_the_engine_as(processes[name]) == "connected", name


def test_nothing_that_serves_people_is_root(site):
    assert os.geteuid() == 0, "This wall is there only when the site is started as root."
    for name, number in site.processes().items():
        who = identity(number)
        assert "0" not in who["uids"] | who["gids"] | set(who["groups"]), name
        assert who["sealed"], name


def command(state, *words, promised=0.0, **more):
    """Run a command of the site. It has a minute times the pace, beside what the site has promised in seconds of the clock."""
    told = {**os.environ, "VAKA_STATE": str(state), "DJANGO_SETTINGS_MODULE": "vaka.settings", **more}
    told = {name: value for name, value in told.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return manage(told, *words, timeout=promised + pace.seconds(60))


WHO_AM_I = "import os; print(os.getresuid(), os.getgroups())"


def test_a_command_that_root_types_opens_the_sites_data_as_an_account(site):
    done = command(site.state, "shell", "--no-imports", "-c", WHO_AM_I)
    uid = pwd.getpwnam("vaka-engine").pw_uid
    assert done.stdout.startswith(f"({uid}, {uid}, {uid})"), done.stderr
    for words in (("people", "staff", "ngozi"), ("fits", "first-ebgp"), ("clean", "--dry-run")):
        done = command(site.state, *words)
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert "denied" not in done.stderr, done.stderr


def test_a_database_that_is_a_link_of_the_sites_leads_no_command_of_root_anywhere(site, tmp_path):
    """The folder is the account's, who may put there what they like; what root types must not write behind it."""
    secret = tmp_path / "roots"
    secret.mkdir(mode=0o700)
    state = tmp_path / "state"
    shutil.copytree(site.state, state, ignore=shutil.ignore_patterns("*.sock", "host"))
    subprocess.run(["chown", "-R", "--reference", site.state / "saves", state / "saves"], check=True)
    (state / "database" / "db.sqlite3").unlink()
    (state / "database" / "db.sqlite3").symlink_to(secret / "made.sqlite3")
    done = command(state, "migrate")
    assert done.returncode != 0
    assert list(secret.iterdir()) == [], "root would have made a file there"


def test_the_unprivileged_cannot_replace_what_root_runs_or_reads(site):
    assert os.geteuid() == 0, "This wall is there only when the site is started as root."
    who = identity(site.processes()["site"])
    (uid,), (gid,) = who["uids"], who["gids"]
    spoil = f"""
import os
state = {str(site.state)!r}
for step in (
    "os.rename(state + '/log', state + '/gone')",
    "os.rename(state + '/database', state + '/gone')",
    "os.symlink('/', state + '/run/link')",
    "os.unlink(state + '/run/engine/relay.sock')",
    "os.listdir(state + '/saves')",
    "open(state + '/labs/spoilt', 'w')",
    "open(state + '/static/spoilt', 'w')",
    "os.unlink(state + '/secret_key')",
    "open(state + '/log/site.log', 'a')",
    "open(state + '/site_id', 'w')",
):
    try:
        eval(step)
    except PermissionError:
        continue
    print(step)
"""
    command = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", sys.executable, "-c", spoil]
    number = site.processes()["site"]
    inside = ["nsenter", f"--mount=/proc/{number}/ns/mnt", *command]
    assert subprocess.run(inside, capture_output=True, text=True, check=True).stdout == ""


def test_the_unprivileged_see_no_more_of_a_closed_folder_than_they_need(site):
    assert os.geteuid() == 0, "Only root's clone can lie where the site may not go."
    closed = next(folder for folder in reversed(site.state.parents) if not folder.stat().st_mode & 0o001)
    inside = Path(f"/proc/{site.processes()['site']}/root{closed}")
    towards = site.state.relative_to(closed).parts[0]
    assert [entry.name for entry in inside.iterdir()] == [towards]
    assert str(closed) not in Path("/proc/self/mountinfo").read_text(), "The host must not see these mounts."


def test_what_dies_is_started_again(site):
    before = site.processes()["gateway"]
    os.kill(before, signal.SIGKILL)
    end = time.monotonic() + pace.seconds(15)
    while site.processes().get("gateway") in (before, None):
        assert time.monotonic() < end
        time.sleep(0.1)
    said = site.log.read_text()
    assert "The gateway ended (killed by SIGKILL)" in said
    while time.monotonic() < end:
        with suppress(OSError):
            assert answers(site.gateway, "/health") == 200
            return
        time.sleep(0.2)
    pytest.fail("The gateway did not come back.")


def test_a_start_that_can_never_be_written_down_ends_and_the_demo_says_why(start):
    assert os.geteuid() == 0, "Only root's site has a worker that is another account than the site."
    up = start().until_it_serves()
    folder = up.state / "database"
    with closing(sqlite3.connect(folder / "db.sqlite3")) as connection:
        connection.execute("SELECT 1 FROM django_migrations")  # the log beside the database stays while this is open
        for file in folder.glob("db.sqlite3*"):
            os.chown(file, folder.stat().st_uid, -1)
            file.chmod(0o640)  # the site's account owns it and writes; that of the workers only reads
        ports = {"VAKA_PORT": str(up.port), "VAKA_GATEWAY_PORT": str(up.gateway)}
        # The minute is the same on every server; the demo signs in and opens its pages at the pace of this one
        done = command(up.state, "demo", promised=60, **ports)
    assert done.returncode != 0
    assert "The demo stopped: The lab did not start: The site's database cannot be written to" in done.stderr
    assert "attempt to write a readonly database" in done.stderr


def test_a_port_that_is_taken_is_told_with_who_holds_it(start):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        up = start(VAKA_PORT=str(port))
        assert up.process.wait(pace.seconds(30)) == 1
    said = up.log.read_text()
    assert f"Port {port} is taken by" in said
    assert f"process {os.getpid()}" in said
    assert "Traceback" not in said
    assert processes_of(up.state) == {}


def test_another_site_over_the_same_state_is_refused(site, start):
    second = start(site.state)
    assert second.process.wait(pace.seconds(30)) == 1
    assert f"running already (process {site.process.pid}," in second.log.read_text()
    assert answers(site.gateway, "/health") == 200


def test_asked_to_end_it_ends_in_three_seconds_and_killed_it_leaves_no_process_while_its_data_stay(start):
    first = start().until_it_serves()
    kept = (first.state / "credentials/demo_people.json").read_text(), (first.state / "secret_key").read_text()
    first.process.send_signal(signal.SIGINT)
    assert gone(first.state, pace.seconds(3.5)), processes_of(first.state)  # half a second to ask the engine for labs
    assert first.process.wait(pace.seconds(5)) == 0
    assert [path.name for path in (first.state / "run").rglob("*") if path.suffix in (".sock", ".ready")] == []
    assert "Traceback" not in first.log.read_text()

    second = start().until_it_serves()
    assert (
        (second.state / "credentials/demo_people.json").read_text(),
        (second.state / "secret_key").read_text(),
    ) == kept
    assert len(processes_of(second.state)) > 6
    second.process.kill()
    second.process.wait()
    assert gone(second.state, pace.seconds(2)), processes_of(second.state)
