"""The report of a run of the fault set: everything of one half, counts only of the other."""

import math
from contextlib import contextmanager
from itertools import pairwise

import pytest

from rigs.diagnose import generated_run
from rigs.diagnose.fault_set import controls, faults_of_lab, in_other_answers
from rigs.diagnose.fault_trials import Effect, FaultResult, FaultTrial
from rigs.diagnose.generated_run import GeneratedRun, list_faults, wanted_trials
from rigs.diagnose.generators.fault import both
from rigs.diagnose.judging import Judged, Named
from rigs.diagnose.labs.interior import office_ipv4

LAB = office_ipv4()
EVERY = faults_of_lab(LAB)
SEEN = next(fault for fault in EVERY if fault.is_seen)
UNSEEN = next(fault for fault in EVERY if not fault.is_seen)
PAIRS = [both(first, second) for first, second in pairwise(EVERY[:6])]
WRONG = FaultResult(Effect.FAILS, (Judged("reach", Named.WRONG, "what a learner reads"),))


@pytest.fixture
def run_of(monkeypatch):
    """Run trials whose results are given; return the run and what it told."""

    class Runner:
        def run_all(self, trials, run):
            return [(trial, run(trial)) for trial in trials]

    @contextmanager
    def parallel(_capacity):
        yield Runner()

    monkeypatch.setattr(generated_run, "parallel_runner", parallel)

    def run(results, until=math.inf):
        whole = dict.fromkeys((trial.id for trial in controls([LAB], answers=True)), FaultResult(Effect.NONE)) | results
        monkeypatch.setattr(generated_run.fault_trials, "run", lambda trial, *_more: whole[trial.id])
        told = []
        one = GeneratedRun(told.append, until)
        wanted = [FaultTrial(LAB, fault) for fault in (SEEN, UNSEEN, *PAIRS) if fault.id in results]
        wanted += [trial for trial in in_other_answers([LAB]) if trial.id in results]
        one.run([LAB], wanted, None)
        one.tell_all(1.0)
        return one, "\n".join(told)

    return run


GOOD = {f"{LAB.id}/no fault": FaultResult(Effect.NONE)}


def test_of_the_half_that_is_never_looked_at_only_counts_are_told(run_of):
    _run, told = run_of(GOOD | {UNSEEN.id: WRONG})
    assert "never looked at: 1 faults, 0 R named right, 0 H honest, 0 E effects, 1 W wrong" in told
    for hidden in (UNSEEN.id, UNSEEN.thing, UNSEEN.truths[0].sentence, "what a learner reads"):
        assert hidden not in told


def test_a_fault_that_goes_unnoticed_is_not_told_of_that_half_either(run_of):
    _run, told = run_of(GOOD | {UNSEEN.id: FaultResult(Effect.UNNOTICED, problem="hidden")})
    assert UNSEEN.id not in told
    assert "hidden" not in told
    assert "1 broke the goal and no check" in told


def test_of_the_other_half_everything_is_told(run_of):
    run, told = run_of(GOOD | {SEEN.id: WRONG})
    for shown in (SEEN.id, SEEN.truths[0].sentence, "what a learner reads"):
        assert shown in told
    assert not run.is_good


def test_a_lab_without_a_fault_in_which_a_check_fails_is_bad(run_of):
    right = FaultResult(Effect.FAILS, (Judged("reach", Named.RIGHT, ""),))
    run, _told = run_of(GOOD | {SEEN.id: right})
    assert run.is_good
    run, told = run_of({f"{LAB.id}/no fault": FaultResult(Effect.NONE, problem="reach failed"), SEEN.id: WRONG})
    assert not run.is_good
    assert "BAD" in told
    assert "what a learner reads" not in told, "faults of a lab that fails by itself say nothing"


def test_no_trial_of_a_fault_begins_when_the_time_is_over(run_of):
    _run, told = run_of(GOOD | {SEEN.id: WRONG}, until=0.0)
    assert "1 faults were not tried: the time was over" in told
    assert "what a learner reads" not in told


def test_the_list_has_no_fault_of_the_half_that_is_never_looked_at():
    told = []
    list_faults(wanted_trials([LAB], [], most=20, seen_only=False), told.append)
    assert SEEN.id in "\n".join(told)
    assert UNSEEN.id not in "\n".join(told)


def test_words_choose_a_part():
    wanted = wanted_trials([LAB], ["static route", "OSPF area"], most=40, seen_only=True)
    assert wanted
    assert all(trial.fault.is_seen for trial in wanted)
    assert all("static route" in trial.id or "OSPF area" in trial.id for trial in wanted)


@pytest.mark.parametrize("nearer", [0, 1])
def test_of_a_pair_the_other_fault_is_tried_alone_when_the_first_was_named(run_of, nearer):
    for pair in PAIRS:
        rest = f"{pair.parts[1 - nearer].id.removesuffix(pair.parts[1 - nearer].place)}{pair.place}"
        alone = f"{rest}, the {('first', 'second')[nearer]} mended"
        named = FaultResult(Effect.FAILS, (Judged("reach", Named.RIGHT, "", truth=nearer),))
        _run, told = run_of(
            {pair.id: named, alone: FaultResult(Effect.FAILS, (Judged("reach", Named.RIGHT, "other"),))}
        )
        assert "1 pairs, 1 with one named first, 1 with the other named when it was mended" in told
        _run, told = run_of({pair.id: named, alone: WRONG})
        assert "1 pairs, 1 with one named first, 0 with the other named when it was mended" in told
        assert ("what a learner reads" in told) == pair.is_seen


def test_a_pair_of_which_none_is_named_has_no_second_trial(run_of):
    _run, told = run_of({PAIRS[0].id: WRONG})
    assert "1 pairs, 0 with one named first, 0 with the other named" in told


def test_faults_in_other_answers_have_a_line_of_their_own(run_of):
    [trial, *_more] = in_other_answers([LAB])
    _run, told = run_of({trial.id: WRONG})
    half = "looked at" if trial.fault.is_seen else "never looked at"
    assert f"in other answers, {half}: 1 faults, 0 R named right, 0 H honest, 0 E effects, 1 W wrong" in told
    assert f"\n{half}: " not in told


def test_the_time_of_the_diagnoses_is_told(run_of):
    one = FaultResult(Effect.FAILS, (Judged("reach", Named.RIGHT, ""),), diagnosis=0.4)
    _run, told = run_of({SEEN.id: one})
    assert "looked at: a diagnosis took 0.4 s, at most 0.4 s" in told
