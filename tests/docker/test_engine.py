"""The engine of docker/setup for a user who has no root: what an administrator must do, and nothing when it answers."""

import os
import pwd
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


def needs(engine, steps):
    needed = steps.Needs()
    engine.needs(needed)
    return needed


def test_an_engine_that_answers_needs_nothing(engine, steps, machine):
    machine("answers", ["dockerd"], root=False)
    assert (needs(engine, steps).packages, needs(engine, steps).commands) == ({}, [])


def test_without_an_engine_its_packages_are_needed(engine, steps, machine):
    machine("silent", root=True)
    assert list(needs(engine, steps).packages) == ["docker.io", "docker-buildx", "docker-cli"]
    assert needs(engine, steps).commands == []


def test_who_has_neither_an_engine_nor_root_asks_for_engine_and_group_at_once(engine, steps, machine):
    machine("silent", root=False)
    needed = needs(engine, steps)
    assert "docker.io" in needed.packages
    assert needed.commands == [["usermod", "-aG", "docker", ME]]
    assert needed.signs_in_again


def test_who_may_not_use_the_engine_and_has_no_root_asks_for_the_group(engine, steps, machine):
    machine("root only", ["dockerd"], root=False)
    assert needs(engine, steps).commands == [["usermod", "-aG", "docker", ME]]


def test_who_may_become_root_needs_no_group(engine, steps, machine):
    machine("root only", ["dockerd"], root=True)
    assert needs(engine, steps).commands == []


def test_an_engine_that_is_installed_and_silent_is_to_be_started(engine, steps, machine):
    machine("silent", ["dockerd"], root=False, group=True)
    [start] = needs(engine, steps).commands
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
    assert not engine.wait(engine.ANSWERS_WITHIN, SimpleNamespace(poll=lambda: 1))
