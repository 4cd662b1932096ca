"""docker/pace.py, which set-up runs with the system's Python before anything is installed."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

DOCKER = Path(__file__).resolve().parents[2] / "docker"


@pytest.fixture
def pace(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(DOCKER), *sys.path])
    found = importlib.util.spec_from_file_location("docker_pace", DOCKER / "pace.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "FILE", tmp_path / "pace.json")
    return module


class Told(list):
    def did(self, text):
        self.append(text)


def measured(pace, monkeypatch, *, loop, starts):
    """Return the pace that set-up finds on a machine on which both take so many times as long as usual."""
    seconds = {pace.loop: loop * pace.LOOP_SECONDS, pace.starts: starts * pace.STARTS_SECONDS}
    monkeypatch.setattr(pace, "best", seconds.__getitem__)
    told = Told()
    return pace.ensure(told), told


def test_a_slow_machine_gets_longer_limits_by_what_is_slowest_on_it_and_is_told(pace, monkeypatch):
    factor, told = measured(pace, monkeypatch, loop=3, starts=9)
    assert factor == 9
    assert "9 times slower" in told[0]
    assert json.loads(pace.FILE.read_text()) == {"pace": 9.0, "loop": 3.0, "starts": 9.0}


def test_a_usual_machine_keeps_the_limits_and_hears_nothing(pace, monkeypatch):
    assert measured(pace, monkeypatch, loop=0.4, starts=1.6) == (1.0, [])


def test_it_is_measured_once(pace, monkeypatch):
    measured(pace, monkeypatch, loop=3, starts=3)
    monkeypatch.setattr(pace, "best", lambda work: pytest.fail("It was measured before."))
    assert pace.ensure(Told()) == 3


def test_a_file_that_makes_no_sense_is_made_again(pace, monkeypatch):
    pace.FILE.write_text("[]")
    assert measured(pace, monkeypatch, loop=4, starts=1)[0] == 4


def test_both_are_measured_for_real(pace):
    assert pace.best(pace.loop) > 0
    assert pace.best(pace.starts) > 0
