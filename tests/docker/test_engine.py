"""The engine of docker/setup for a user who has no root: what an administrator must do, and nothing when it answers."""

import contextlib
import os
import pwd
import socket
from types import SimpleNamespace

import pytest

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def engine():
    import engine

    return engine


@pytest.fixture
def machine(engine, monkeypatch):
    """A machine whose engine is in this state, with these programs."""

    def made(state, programs=(), *, root, group=False):
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        monkeypatch.setattr(engine, "state", lambda: state)
        monkeypatch.setattr(engine, "which", lambda name: f"/usr/sbin/{name}" if name in programs else None)
        monkeypatch.setattr(engine, "installed", lambda package: False)
        monkeypatch.setattr(engine, "is_debian", lambda: True)
        monkeypatch.setattr(engine, "can_be_root", lambda: root)
        monkeypatch.setattr(engine, "may_use_engine", lambda: group)

    return made


def needs(engine, new_needs):
    needed = new_needs()
    engine.needs(needed)
    return needed


def test_an_engine_that_answers_needs_nothing(engine, new_needs, machine):
    machine("answers", ["dockerd"], root=False)
    assert (needs(engine, new_needs).packages, needs(engine, new_needs).commands) == ({}, [])


def test_without_an_engine_its_packages_are_needed(engine, new_needs, machine):
    machine("silent", root=True)
    assert list(needs(engine, new_needs).packages) == ["docker.io", "docker-buildx", "docker-cli"]
    assert needs(engine, new_needs).commands == []


def test_who_has_neither_an_engine_nor_root_asks_for_engine_and_group_at_once(engine, new_needs, machine):
    machine("silent", root=False)
    needed = needs(engine, new_needs)
    assert "docker.io" in needed.packages
    assert needed.commands == [["usermod", "-aG", "docker", ME]]
    assert needed.signs_in_again


def test_who_may_not_use_the_engine_and_has_no_root_asks_for_the_group(engine, new_needs, machine):
    machine("root only", ["dockerd"], root=False)
    assert needs(engine, new_needs).commands == [["usermod", "-aG", "docker", ME]]


def test_who_may_become_root_needs_no_group(engine, new_needs, machine):
    machine("root only", ["dockerd"], root=True)
    assert needs(engine, new_needs).commands == []


def test_an_engine_that_is_installed_and_silent_is_to_be_started(engine, new_needs, machine):
    machine("silent", ["dockerd"], root=False, group=True)
    [start] = needs(engine, new_needs).commands
    assert start in (["systemctl", "enable", "--now", "docker"], ["dockerd"])


def test_a_slow_engine_has_minutes_to_answer_and_nobody_waits_longer_than_it_takes(engine, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(engine.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    monkeypatch.setattr(engine, "state", lambda: "answers" if clock[0] >= 200 else "silent")
    assert engine.wait(engine.ANSWERS_WITHIN)
    assert clock[0] < 201


def test_an_engine_that_has_ended_is_not_waited_for(engine, monkeypatch):
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: pytest.fail("waited for an engine that has ended"))
    monkeypatch.setattr(engine, "state", lambda: "silent")
    assert not engine.wait(engine.ANSWERS_WITHIN, lambda: True)


@pytest.fixture
def told():
    """A report of set-up, with its lines."""
    lines = []
    return SimpleNamespace(did=lines.append, fine=lines.append, lines=lines)


@pytest.fixture
def systemd(engine, machine, monkeypatch, program, tmp_path):
    """A server with systemd and an installed engine, in this state. The file has the commands that would change it."""
    changed = tmp_path / "changed"
    changed.touch()
    monkeypatch.setattr(engine, "NOTE", tmp_path / "engine.json")
    monkeypatch.setattr(engine, "has_systemd", lambda: True)
    monkeypatch.setattr(engine, "root_command", lambda command, why: command)
    monkeypatch.setattr(engine, "wait", lambda *_arguments: changed.read_text() != "")

    def made(state, unit, run="run-1"):
        machine(state, ["dockerd"], root=True)
        program(
            "systemctl",
            f'case "$1 $3" in "show ActiveState") echo ActiveState={unit};; "show InvocationID") echo InvocationID={run};; '
            f'*) echo "$*" >> {changed};; esac',
        )
        return changed

    return made


@contextlib.contextmanager
def listening(path):
    """A socket that accepts and never answers, as an engine does that loads many containers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield  # the kernel accepts for it


def test_an_engine_that_listens_and_answers_late_is_slow_and_not_silent(engine, monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "PING_SECONDS", 0.1)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    assert engine.state() == "silent"
    with listening(tmp_path / "engine.sock"):
        assert engine.state() == "slow"


@pytest.mark.parametrize("unit", ["active", "activating", "reloading", "deactivating"])
def test_an_engine_that_systemd_runs_is_not_started_again_nor_stopped_at_the_end(
    engine, systemd, told, unit, monkeypatch
):
    """Regression: its first answer took 6 seconds; at the end it was stopped, with everybody's containers."""
    changed = systemd("silent", unit)
    answers = iter([False, True])
    monkeypatch.setattr(engine, "wait", lambda *_arguments: next(answers))
    engine.ensure(told)
    engine.stop(told)
    assert changed.read_text() == ""
    assert "waiting for it" in " ".join(told.lines)


def test_a_slow_engine_is_waited_for_and_left_alone(engine, systemd, told, steps):
    changed = systemd("slow", "active")
    with pytest.raises(steps.Stop, match="Set-up did not start it and leaves it alone"):
        engine.ensure(told)
    engine.stop(told)
    assert (changed.read_text(), engine.NOTE.exists()) == ("", False)


@pytest.fixture
def real_wait(engine):
    return engine.wait


@pytest.fixture
def ending(engine, real_wait, systemd, monkeypatch, program):
    """A server whose engine ends after 10 seconds, and what ``systemctl start`` does then. Nobody waits the seconds."""
    clock = [0.0]

    def made(before, unit, unit_at_end, start):
        changed = systemd(before, unit)
        monkeypatch.setattr(engine, "wait", real_wait)
        # The time of this module only: the wait for a program sleeps too
        waits = SimpleNamespace(
            monotonic=lambda: clock[0], sleep=lambda seconds: clock.__setitem__(0, clock[0] + seconds)
        )
        monkeypatch.setattr(engine, "time", waits)
        units = {"ActiveState": lambda: unit if clock[0] < 10 else unit_at_end, "InvocationID": lambda: "run-1"}
        monkeypatch.setattr(engine, "show", lambda name: units[name]())
        monkeypatch.setattr(
            engine, "state", lambda: "answers" if changed.read_text() else before if clock[0] < 10 else "silent"
        )
        program("systemctl", f'{start}; echo "$*" >> {changed}')
        program("journalctl", "echo 'unable to configure the Docker daemon with file /etc/docker/daemon.json'")
        return changed, clock

    return made


def test_an_engine_that_is_stopped_by_another_run_is_started_again(engine, ending, told):
    """Regression: a unit that deactivates was waited for, and set-up ended with an error after 5 minutes."""
    changed, clock = ending("silent", "deactivating", "inactive", start="true")
    engine.ensure(told)
    assert changed.read_text().splitlines() == ["start docker"]
    assert (clock[0] < 15, engine.NOTE.exists()) == (True, True)


def test_an_engine_that_fails_while_its_socket_accepts_is_reported_at_once_with_its_reason(engine, ending, told, steps):
    """Regression: with docker.socket enabled and a bad daemon.json, set-up said that an engine runs, after 5 minutes."""
    _changed, clock = ending("slow", "activating", "failed", start="echo Job for docker.service failed; exit 1")
    with pytest.raises(steps.Stop, match=r"systemctl start docker failed(?s:.)*unable to configure .*daemon\.json"):
        engine.ensure(told)
    assert (clock[0] < 15, engine.NOTE.exists()) == (True, False)


def test_an_engine_at_docker_host_is_no_unit_of_this_server(engine, ending, told, steps, monkeypatch):
    ending("slow", "inactive", "inactive", start="true")
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/docker.sock")
    with pytest.raises(steps.Stop, match="has not answered for 5 minutes"):
        engine.ensure(told)


def test_an_engine_that_set_up_starts_is_stopped_at_the_end(engine, systemd, told):
    changed = systemd("silent", "inactive")
    engine.ensure(told)
    engine.stop(told)
    assert changed.read_text().splitlines() == ["start docker", "stop docker.service docker.socket"]


def test_an_engine_that_another_command_uses_is_stopped_by_the_last_one(engine, systemd, told):
    changed = systemd("silent", "inactive")
    engine.ensure(told)
    with engine.use():
        with engine.use():
            pass
        engine.stop(told)
        assert changed.read_text().splitlines() == ["start docker"]
        assert "another command uses it" in told.lines[-1]
    engine.stop(told)
    assert changed.read_text().splitlines() == ["start docker", "stop docker.service docker.socket"]


def test_an_engine_that_somebody_started_after_ours_is_not_stopped(engine, systemd, told):
    changed = systemd("silent", "inactive")
    engine.ensure(told)
    systemd("answers", "active", run="run-2")  # a boot, or an administrator
    engine.stop(told)
    assert changed.read_text().splitlines() == ["start docker"]
    assert told.lines[-1] == "the engine that set-up started has already ended. Set-up stops no other engine"


def test_an_engine_that_version_0_9_noted_is_left_running_once_and_that_is_said(engine, systemd, told):
    """Version 0.9 noted each engine, also one that it had not started."""
    changed = systemd("answers", "active")
    engine.NOTE.write_text('{"systemd": true}')
    engine.stop(told)
    assert (changed.read_text(), engine.NOTE.exists()) == ("", False)
    assert told.lines == ["version 0.9 noted a Docker engine, but not which one. It is not stopped"]


def test_without_systemd_a_dockerd_that_runs_is_not_started_again(engine, machine, told, monkeypatch, tmp_path):
    machine("silent", ["dockerd"], root=True)
    monkeypatch.setattr(engine, "has_systemd", lambda: False)
    monkeypatch.setattr(engine, "NOTE", tmp_path / "engine.json")
    monkeypatch.setattr(engine, "PIDFILE", tmp_path / "docker.pid")
    monkeypatch.setattr(engine, "process_name", lambda number: "dockerd" if number == "77" else "")
    engine.PIDFILE.write_text("77\n")
    answers = iter([False, True])
    monkeypatch.setattr(engine, "wait", lambda *_arguments: next(answers))
    monkeypatch.setattr(engine, "start_dockerd", lambda _tell: pytest.fail("a second engine was started"))
    engine.ensure(told)
    assert not engine.NOTE.exists()
