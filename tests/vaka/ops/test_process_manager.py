import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vaka.ops import syscalls, systemd
from vaka.ops.errors import CannotStart
from vaka.ops.process_manager import ProcessManager, describe, pause_before
from vaka.ops.programs import Program


@pytest.fixture
def said():
    return []


@pytest.fixture
def manager(tmp_path, said):
    (tmp_path / "log").mkdir()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    manager = ProcessManager(tmp_path, None, tmp_path, said.append)
    yield manager
    manager.stop()
    manager.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def python(code, name="program", **more):
    return Program(name=name, command=(sys.executable, "-c", code), **more)


def alive(pid):
    """Tell whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_pauses_grow_and_stay_bearable():
    assert [pause_before(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert pause_before(50) == 30


def test_an_end_is_told_in_words():
    assert describe(3) == "status 3"
    assert describe(-9) == "killed by SIGKILL"


LATE = """
import os, sys, time
from vaka.ops import syscalls
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    time.sleep(0.001)
syscalls.die_with(parent)
print("lives on")
"""


def test_a_child_that_starts_while_its_parent_is_killed_does_not_outlive_it():
    late = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False, timeout=20)
    assert (late.stdout, late.stderr) == ("", "")  # both are read until the child has ended too


def test_a_program_that_ends_is_started_again_and_somebody_is_told(manager, said):
    manager.start(python("import time; time.sleep(30)"))
    first = manager.running["program"].process.pid
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 5
    while (not said or "program" not in manager.running) and time.monotonic() < end:
        manager.wait(0.1)
    assert manager.running["program"].process.pid != first
    assert "killed by SIGKILL" in said[0]
    assert "starts again in 0.5 s" in said[0]
    assert "program.log" in said[0]


def test_stop_ends_those_who_do_not_listen_too(manager):
    deaf = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
    manager.start(python(deaf))
    manager.start(python("import time; time.sleep(60)", name="broker", stops_last=True))
    pids = [running.process.pid for running in manager.running.values()]
    while not manager.log_of(python("")).read_text():
        time.sleep(0.02)
    begun = time.monotonic()
    manager.stop()
    assert time.monotonic() - begun < 30  # and not the minute that they sleep
    assert not any(map(alive, pids))


def test_a_process_of_a_program_ends_with_it(manager, tmp_path):
    forks = f"""
import os, time
child = os.fork()
if child:
    with open({str(tmp_path / "child")!r}, "w") as file:
        file.write(str(child))
time.sleep(60)
"""
    manager.start(python(forks))
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
        time.sleep(0.02)
    child = int((tmp_path / "child").read_text())
    manager.stop()
    end = time.monotonic() + 2
    while alive(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(child)


def test_a_program_that_ends_while_starting_keeps_the_site_from_starting(manager):
    program = python("print('the disk is full'); raise SystemExit(3)", ready=lambda: False)
    manager.start(program)
    with pytest.raises(CannotStart, match="ended while it was starting") as raised:
        manager.until_ready([program], 10)
    assert "the disk is full" in str(raised.value)


def test_a_program_that_is_never_ready_is_named(manager):
    program = python("import time; time.sleep(60)", ready=lambda: False)
    manager.start(program)
    with pytest.raises(CannotStart, match="program is not ready after"):
        manager.until_ready([program], 0.3)


def test_a_log_that_has_grown_is_put_aside(manager, monkeypatch):
    monkeypatch.setattr("vaka.ops.process_manager.LARGEST_LOG", 10)
    program = python("")
    manager.log_of(program).write_text("x" * 20)
    manager.begin(program)
    assert manager.log_of(program).with_suffix(".log.1").read_text() == "x" * 20


def test_a_log_that_grows_while_its_program_runs_is_put_aside(manager, monkeypatch):
    monkeypatch.setattr("vaka.ops.process_manager.LARGEST_LOG", 10)
    monkeypatch.setattr("vaka.ops.process_manager.LOOK_AT_LOGS", 0.1, raising=False)
    program = python("import time; print('x' * 20, flush=True); time.sleep(1); print('y', flush=True); time.sleep(30)")
    manager.begin(program)
    log, end = manager.log_of(program), time.monotonic() + 20
    while log.read_text() != "y\n" and time.monotonic() < end:
        manager.wait(0.1)
    assert log.read_text() == "y\n"  # no zero bytes: the program appends
    assert log.with_suffix(".log.1").read_text() == "x" * 20 + "\n"


def test_a_signal_stops_the_watching(manager):
    manager.start(python("import time; time.sleep(60)"))
    os.kill(os.getpid(), signal.SIGTERM)
    manager.watch()
    assert manager.stopping


def test_what_people_wait_for_has_the_cpu_before_the_rest_as_far_as_we_may(manager):
    manager.start(python("import time; time.sleep(30)", "relay", waited_for=True))
    manager.start(python("import time; time.sleep(30)", "worker"))
    ours = os.getpriority(os.PRIO_PROCESS, 0)  # the tests may run with another niceness
    nice = {name: os.getpriority(os.PRIO_PROCESS, one.process.pid) for name, one in manager.running.items()}
    assert nice == {"relay": syscalls.NICE if os.geteuid() == 0 else ours, "worker": ours}


def test_programs_of_a_service_print_into_the_journal(manager, settings, monkeypatch, tmp_path):
    settings.UNIT = "vaka"
    monkeypatch.setattr(systemd, "JOURNAL", str(tmp_path / "stdout"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as journal:
        journal.bind(systemd.JOURNAL)
        journal.listen()
        manager.begin(python("import sys; print('out', flush=True); print('err', file=sys.stderr)", name="beat"))
        with journal.accept()[0] as stream:
            assert stream.makefile().read().splitlines()[-2:] == ["out", "err"]
    assert list((tmp_path / "log").iterdir()) == []
    assert manager.end_of_log(python("", name="beat")) == "To see why, type: journalctl -t vaka-beat"
