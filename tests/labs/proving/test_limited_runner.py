"""A lab of a proof has the memory limit of a learner's lab."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from labs.engine.proof.parallel import ParallelRunner
from labs.models.host import MB
from labs.proving.limited_runner import LimitedRunner

LAB = SimpleNamespace(id="automation", nodes=dict.fromkeys("abcdefg"), limits=SimpleNamespace(memory=0, disk=64))
SOLVED = object()


class FakeEngine:
    def __init__(self, steps):
        self.steps, self.oom = steps, False

    def fit(self, session, lab, *, memory):
        self.steps.append(("limit", session, lab, memory // MB))
        return True

    def container_of(self, session):
        return SimpleNamespace(oom=self.oom)


@pytest.fixture
def done():
    return []


@pytest.fixture
def engine(done, monkeypatch):
    """An engine that starts nothing. Its labs use 100 MB after their start."""
    fake = FakeEngine(done)

    @contextmanager
    def start(self, lab, solved=None, *, save=None):
        done.append(("start", lab, solved, save))
        yield SimpleNamespace(client=SimpleNamespace(session="s1"), engine=fake, memory=lambda: 100 * MB)

    monkeypatch.setattr(ParallelRunner, "running", start)
    monkeypatch.setattr(ParallelRunner, "type", lambda self, client, lab: done.append(("type", client.session, lab)))
    return fake


def run(solved=None):
    with LimitedRunner.like(SimpleNamespace(capacity=None, runner=None)).running(LAB, solved, save=b"a save"):
        pass


def test_a_lab_has_the_limit_of_a_site_before_its_solution_is_typed(done, engine):
    run(SOLVED)
    assert done == [("start", LAB, None, b"a save"), ("limit", "s1", LAB, 214), ("type", "s1", SOLVED)]


def test_the_author_is_told_once_when_the_memory_was_full(engine, caplog):
    engine.oom = True
    runner = LimitedRunner.like(SimpleNamespace(capacity=None, runner=None))
    for _trial in range(2):
        with runner.running(LAB):
            pass
    assert [record.message.partition(" A learner")[0] for record in caplog.records] == [
        "automation: The kernel has ended a program because the lab's memory was full (214 MB)."
    ]


def test_nothing_is_told_of_a_lab_with_enough_memory(engine, caplog):
    run(SOLVED)
    assert not caplog.records
