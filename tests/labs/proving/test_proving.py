"""Labs are proven when their record does not hold any more, the changed ones first, and not longer than they may."""

import math
from contextlib import contextmanager

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.proof import record
from labs.engine.proof.trial import TrialKind
from labs.engine.proof.trial_result import TrialResult
from labs.proving import proving
from labs.proving.converged_runner import ConvergedRunner


class FakeRunner:
    capacity = runner = None

    def run_all(self, trials, run):
        for trial in trials:
            yield trial, run(trial)


@pytest.fixture(autouse=True)
def _own_state(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"


@pytest.fixture
def labs(tmp_path):
    for name in ("alpha", "beta"):
        create(tmp_path / name)
    return [load_lab(tmp_path / name) for name in ("alpha", "beta")]


@pytest.fixture
def tried(monkeypatch):
    """Runs trials without an engine; returns the labs of which a trial was run, in their order."""
    names = []

    def run(trial, runner):
        if trial.lab.id not in names:
            names.append(trial.lab.id)
        return TrialResult(noticed_by="far" if trial.kind is TrialKind.LINE else "")

    @contextmanager
    def runner(capacity):
        yield FakeRunner()

    monkeypatch.setattr(proving.trial, "run", run)
    monkeypatch.setattr(proving, "parallel_runner", runner)
    monkeypatch.setattr(proving.LimitedRunner, "run_all", FakeRunner.run_all)
    monkeypatch.setattr(proving, "machine_capacity", lambda: None)
    monkeypatch.setattr(proving, "packages", lambda flavours: dict.fromkeys(flavours, "abc"))
    return names


def prove(labs, *, again=False, seconds=math.inf):
    told = []
    proven = proving.prove(
        labs, again=again, seconds=seconds, on_proof=lambda proof, stored: told.append((proof.lab, stored))
    )
    return proven, told


def with_changed(parts, monkeypatch):
    """Makes these parts of the named labs look changed."""
    plain = proving.parts_of
    monkeypatch.setattr(proving, "parts_of", lambda lab: plain(lab) | dict.fromkeys(parts.get(lab.id, ()), "changed"))


def test_a_proof_is_recorded_and_a_lab_whose_record_holds_is_not_tried_again(labs, tried):
    proven, told = prove(labs)
    assert told == [("alpha", False), ("beta", False)]
    assert (proven.late, record.read(labs[0]).packages) == ({}, "abc")
    tried.clear()
    assert prove(labs)[1] == [("alpha", True), ("beta", True)]
    assert tried == []
    assert prove(labs, again=True)[1] == [("alpha", False), ("beta", False)]


def test_a_proof_that_was_interrupted_goes_on_where_it_stopped(labs, tried, monkeypatch):
    """Regression: the last of forty trials was cut off, and all forty were made again."""
    plain, run = proving.trial.run, []

    def cut_off_at_the_third(one, runner):
        run.append(one)
        if len(run) == 3:
            raise KeyboardInterrupt
        return plain(one, runner)

    monkeypatch.setattr(proving.trial, "run", cut_off_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        prove(labs[:1])
    every, done = len(proving.trials(labs[0])), run[:2]
    _proven, told = prove(labs[:1])
    assert told == [("alpha", False)]
    assert len(run) == 3 + every - 2
    assert not [one for one in run[3:] if one in done]
    run[:] = [None] * 3
    prove(labs[:1], again=True)
    assert len(run) == 3 + every, "who asks for all of it again gets all of it again"


def test_the_runner_that_ends_all_trials_is_the_one_that_starts_their_labs(labs, tried, monkeypatch):
    """Otherwise an interrupted proof goes on: its trials start a lab again and again."""
    starting, ending, run_all = set(), set(), FakeRunner.run_all

    def run(trial, runner):
        starting.add(id(runner))
        return TrialResult(noticed_by="far" if trial.kind is TrialKind.LINE else "")

    def noted(self, trials, run):
        ending.add(id(self))
        return run_all(self, trials, run)

    monkeypatch.setattr(proving.trial, "run", run)
    monkeypatch.setattr(FakeRunner, "run_all", noted)
    monkeypatch.setattr(proving.LimitedRunner, "run_all", noted)
    prove(labs)
    assert starting == ending


def test_only_a_lab_with_a_changed_part_is_tried_again(labs, tried, monkeypatch):
    prove(labs)
    tried.clear()
    with_changed({"beta": ["checks"]}, monkeypatch)
    assert prove(labs)[1] == [("alpha", True), ("beta", False)]
    assert tried == ["beta"]


def test_labs_that_changed_themselves_come_before_those_for_which_the_engine_did(labs, tried, monkeypatch):
    prove(labs)
    tried.clear()
    with_changed({"alpha": ["engine"], "beta": ["lab"]}, monkeypatch)
    prove(labs)
    assert tried == ["beta", "alpha"]


@pytest.mark.parametrize(
    ("parts", "must"), [(["lab"], True), (["checks"], False), (["engine"], False), (["image", "engine"], False)]
)
def test_what_is_not_proven_in_time_is_named_and_must_be_proven_if_it_changed_itself(
    labs, tried, monkeypatch, parts, must
):
    prove(labs)
    with_changed({"alpha": parts}, monkeypatch)
    proven, told = prove(labs, seconds=-1)
    assert told == [("beta", True)]
    assert {name: set(changed) for name, changed in proven.late.items()} == {"alpha": set(parts)}
    assert proven.must_be_proven == (["alpha"] if must else [])


def test_a_lab_without_a_proof_must_be_proven(labs, tried):
    proven, _told = prove(labs, seconds=-1)
    assert proven.late == {"alpha": None, "beta": None}
    assert proven.must_be_proven == ["alpha", "beta"]


@pytest.mark.parametrize(("times", "is_proven"), [(1, True), (2, False)])
def test_a_trial_that_fails_beside_other_labs_is_made_again_alone(labs, tried, monkeypatch, times, is_proven):
    left, plain, waits = [times], proving.trial.run, []

    def run(trial, runner):
        if trial.lab.id == "alpha" and trial.kind is TrialKind.RESUME:
            waits.append(isinstance(runner, ConvergedRunner))
        if trial.lab.id == "alpha" and trial.kind is TrialKind.RESUME and left[0]:
            left[0] -= 1
            return TrialResult(problems=["After a resume a check failed."])
        return plain(trial, runner)

    monkeypatch.setattr(proving.trial, "run", run)
    proven, told = prove(labs)
    assert told == [("beta", False), ("alpha", False)]  # in the end, when no other lab runs
    assert (proven.proofs[1].is_proven, proven.proofs[1].right_alone) == (is_proven, int(is_proven))
    assert left == [0]
    assert waits == [False, True]  # the lab has converged before anything is typed again


def test_a_lab_with_many_wrong_trials_is_not_tried_again(labs, tried, monkeypatch):
    runs = []

    def run(trial, runner):
        runs.append(trial)
        return TrialResult(problems=["No."])

    monkeypatch.setattr(proving.trial, "run", run)
    monkeypatch.setattr(proving, "MOST_AGAIN", 3)
    assert not any(proof.is_proven for proof in prove(labs)[0].proofs)
    assert len(runs) == sum(len(proving.trials(lab)) for lab in labs)


def test_one_mutant_is_tried_with_each_seed_and_nothing_is_recorded(tmp_path, tried, monkeypatch):
    create(tmp_path / "mine", "bgp-pair")
    lab = load_lab(tmp_path / "mine")
    seen = []

    def run(trial, runner):
        seen.append((trial.mutant.id, trial.lab.seed))
        return TrialResult(misjudged={"there": "there fails."})

    monkeypatch.setattr(proving.trial, "run", run)
    mutant = lab.mutants[0].id
    [found] = proving.try_mutant(lab, mutant)
    assert found.text == f"Mutant {mutant}: there fails."
    assert {name for name, _seed in seen} == {mutant}
    assert record.read(lab) is None
