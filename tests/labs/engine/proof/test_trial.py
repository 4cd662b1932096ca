"""The trials of a proof: a network is judged when it has converged, and a solved one twice."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Resumed
from labs.engine.grading.grading import Verdict
from labs.engine.proof import trial
from labs.engine.proof.trial import Trial, TrialKind
from labs.engine.runtime.client import Saved
from labs.engine.state.facts import Section
from labs.engine.translatable_text import Text

STATE = {"r1": {Section.SETTINGS: {"net.ipv6.conf.all.forwarding": "1"}}}


@dataclass
class FakeClient:
    lacking: list = field(default_factory=list)

    def save(self, *, seconds):
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
def graded(monkeypatch):
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

        monkeypatch.setattr(trial, "grade", grade)
        monkeypatch.setattr(trial, "wait_before_grading", wait)
        monkeypatch.setattr(trial.reading, "take", lambda lab, session: done.append("state") or STATE)
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


FAILED = {"loopback": Outcome.FAILED, "reach": Outcome.WAITING}


def test_a_lab_is_judged_when_it_has_converged_and_the_solved_one_twice(lab, graded):
    done = graded(FAILED, {}, {})
    result = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), FakeRunner())
    assert result.problems == []
    assert result.state == STATE, "the state of the solved lab is kept for the diagnosis"
    assert done == ["converged", "attempt", "converged", "attempt", "converged", "attempt", "state", "look"]


def test_a_check_that_passes_only_the_first_time_is_a_problem(lab, graded):
    graded(FAILED, {}, {"reach": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), FakeRunner()).problems
    assert problems == ["The solution does not pass reach: the second time, no"]


def test_a_check_that_fails_both_times_is_one_problem(lab, graded):
    graded(FAILED, {"reach": Outcome.FAILED}, {"reach": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), FakeRunner()).problems
    assert problems == ["The solution does not pass reach: no"]


def test_a_mutant_is_judged_when_it_has_converged_after_some_seconds(lab, graded):
    done = graded(FAILED)
    found = trial.run(Trial(lab=lab, kind=TrialKind.MUTANT, mutant=lab.mutants[0]), FakeRunner())
    assert found.problems == []
    assert done == ["converged after 8 s", "attempt"]


def test_a_line_that_is_noticed_only_in_a_converged_network_is_noticed(lab, graded):
    unit = trial.Unit("r1", "first", (0,), "ip addr add 2001:db8:ff::1/128 dev lo")
    done = graded({}, {"reach": Outcome.FAILED})
    assert trial.run(Trial(lab=lab, kind=TrialKind.LINE, unit=unit), FakeRunner()).noticed_by == "reach"
    assert done == ["attempt", "converged", "attempt"]


def test_another_right_answer_is_typed_instead_of_the_solution_and_must_pass_twice(lab, graded):
    other = {"r1": ("ip addr add 2001:db8:ff::1/128 dev dummy0",)}
    lab, runner = replace(lab, answers={"dummy": other}), FakeRunner()
    graded({}, {"loopback": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.ANSWER, answer="dummy"), runner).problems
    assert problems == ["This answer does not pass loopback: the second time, no"]
    assert runner.typed == [{"first": other}]


def resume(lab, **runner):
    return trial.run(Trial(lab=lab, kind=TrialKind.RESUME), FakeRunner(**runner))


def test_a_solved_lab_is_saved_and_graded_in_a_lab_that_resumes_the_save(lab, graded):
    done, runner = graded({}), FakeRunner()
    result = trial.run(Trial(lab=lab, kind=TrialKind.RESUME), runner)
    assert (result.resumed, result.problems) == (10, [])
    assert (runner.typed, runner.resumed) == ([lab.solution], [b"the work"]), "it is typed once"
    assert done == ["converged", "converged", "attempt"]


def test_points_that_a_resume_loses_are_a_problem_unless_the_lab_says_so(lab, graded):
    graded({"reach": Outcome.FAILED}, {"reach": Outcome.FAILED})
    assert resume(lab, lacking=["r1: link clat"]).problems == [
        "After a resume 5 of 10 points are left, but a lab without resumed in lab.yaml promises all. "
        "Let start commands start what the learner has set up, or write resumed with the points and the reason.",
        "After a resume reach is failed: no",
        "Not restored by the resume: r1: link clat",
    ]
    said = resume(replace(lab, resumed=Resumed(points=5, reason="Its registry begins again.")))
    assert (said.resumed, said.problems) == (5, [])


def test_a_lab_that_keeps_more_than_it_promises_must_promise_more(lab, graded):
    graded({})
    [problem] = resume(replace(lab, resumed=Resumed(points=5, reason="Its registry begins again."))).problems
    assert problem == (
        "After a resume 10 of 10 points are left, but resumed in lab.yaml promises 5. Find out why, or correct resumed."
    )
