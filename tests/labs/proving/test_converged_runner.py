"""Nothing is typed into a lab of a trial that is made again before the lab has converged."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from labs.proving import converged_runner
from labs.proving.converged_runner import ConvergedRunner
from labs.proving.limited_runner import LimitedRunner

LAB, SOLVED = object(), object()


@pytest.fixture
def done(monkeypatch):
    """The steps of the runner in their order, without an engine."""
    steps = []

    @contextmanager
    def start(self, lab, solved=None, *, save=None):
        steps.append(("start", lab, solved, save))
        yield SimpleNamespace(client="client")

    monkeypatch.setattr(LimitedRunner, "running", start)
    monkeypatch.setattr(LimitedRunner, "type", lambda self, client, lab: steps.append(("type", client, lab)))
    monkeypatch.setattr(
        converged_runner.convergence, "wait", lambda lab, client, *, seconds: steps.append(("wait", client, lab))
    )
    return steps


def test_a_solution_is_typed_when_the_lab_has_converged(done):
    with ConvergedRunner.like(SimpleNamespace(capacity=None, runner=None)).running(LAB, SOLVED, save=b"a save"):
        pass
    assert done == [("start", LAB, None, b"a save"), ("wait", "client", LAB), ("type", "client", SOLVED)]


def test_a_lab_into_which_nothing_is_typed_is_not_waited_for(done):
    with ConvergedRunner.like(SimpleNamespace(capacity=None, runner=None)).running(LAB):
        pass
    assert done == [("start", LAB, None, None)]
