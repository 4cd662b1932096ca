"""A proof without an engine."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from labs.engine.checks import Outcome
from labs.engine.grading.grading import Verdict
from labs.engine.proof import resume_trial, trial
from labs.engine.proof.proof import conclude, trials
from labs.engine.proof.trial_result import TrialResult
from labs.engine.runtime.client import Saved
from labs.engine.state.facts import Section
from labs.engine.translatable_text import Text


@pytest.fixture
def proof_of():
    """Return a function that makes a proof in which the named check notices each line, and nothing else is wrong."""

    def make(lab, noticed_by):
        results = []
        for one in trials(lab):
            check = noticed_by.get(one.unit.text, "") if one.unit else ""
            results.append((one, TrialResult(noticed_by=check, start=2.0, memory=50 << 20, grading=0.1)))
        return conclude(lab, results)

    return make


@dataclass
class FakeClient:
    lacking: list = field(default_factory=list)

    def save(self):
        return Saved(b"the work", [])


@dataclass
class FakeRunning:
    client: FakeClient = field(default_factory=FakeClient)
    start: float = 1.0

    def memory(self):
        return 1 << 20


@dataclass
class FakeRunner:
    """Runs no lab; remembers what was typed, and which saves were resumed. ``lacking`` is what could not be restored."""

    typed: list = field(default_factory=list)
    resumed: list = field(default_factory=list)
    lacking: list = field(default_factory=list)

    @contextmanager
    def running(self, lab, solved=None, *, save=None):
        self.typed += [solved.solution] if solved else []
        self.resumed += [save] if save else []
        yield FakeRunning(FakeClient(self.lacking if save else []))

    def type(self, client, lab):
        self.typed.append(lab.solution)


@pytest.fixture
def fake_runner():
    """Return the class of the runner that runs no lab."""
    return FakeRunner


@pytest.fixture
def state():
    """Return the state that is read of a solved lab."""
    return {"r1": {Section.SETTINGS: {"net.ipv6.conf.all.forwarding": "1"}}}


@pytest.fixture
def graded(monkeypatch, state):
    """Takes the outcomes of each grading, one after the other; returns what was done, in its order."""

    def use(*gradings):
        left, done = list(gradings), []

        def grade(lab, session, *, attempt, on_verdict=None):
            done.append("attempt" if attempt else "look")
            outcomes = left.pop(0) if attempt else {}
            verdicts = [
                verdict_of(stage.id, check, outcomes.get(check.id, Outcome.PASSED))
                for stage in lab.stages
                for check in stage.checks
            ]
            for one in verdicts if on_verdict else ():
                on_verdict(one)
            return verdicts

        def wait(lab, session, *, least=0.0):
            done.append(f"converged after {least:g} s" if least else "converged")

        for module in (trial, resume_trial):
            monkeypatch.setattr(module, "grade", grade)
            monkeypatch.setattr(module, "wait_before_grading", wait)
        monkeypatch.setattr(trial.reading, "take", lambda lab, session: done.append("state") or state)
        return done

    return use


def verdict_of(stage, check, outcome):
    return Verdict(
        check=check.id,
        stage=stage,
        outcome=outcome,
        points=check.points if outcome is Outcome.PASSED else 0,
        out_of=check.points,
        expected=Text.plain("yes"),
        seen=Text.plain("no"),
        node="r1",
        command="ip",
        cause=None,
        read_more=(),
        evidence={},
        seconds=0.1,
    )
