"""The set has faults of all networks early, and counts each half."""

from rigs.diagnose.fault_set import Tally, controls, faults_of_lab, in_other_answers, trials
from rigs.diagnose.fault_trials import Effect, FaultResult
from rigs.diagnose.judging import Judged, Named
from rigs.diagnose.labs.all_labs import all_labs

LABS = all_labs()[:3]


def test_each_network_has_its_share_and_a_pair():
    for lab in LABS:
        found = faults_of_lab(lab, 12)
        assert len(found) == 13
        assert [len(one.truths) for one in found] == [*([1] * 12), 2]


def test_a_part_of_the_set_has_all_networks():
    assert {trial.lab.id for trial in trials(LABS)[: len(LABS)]} == {lab.id for lab in LABS}


def test_each_fault_is_in_the_set_once():
    ids = [trial.id for trial in trials(LABS)]
    assert len(ids) == len(set(ids))


def test_a_lab_is_tried_without_a_fault_and_with_its_other_right_answers():
    found = controls(LABS[:1], answers=True)
    assert controls(LABS[:1]) == found[:1]
    assert [trial.id for trial in found][:2] == [f"{LABS[0].id}/no fault", f"{LABS[0].id}/other names"]
    assert all(trial.other != trial.lab for trial in found[1:])


def test_a_fault_in_another_answer_keeps_its_half_and_is_compared_with_the_solution():
    found = in_other_answers(LABS[:1])
    assert found
    for trial in found:
        assert trial.id == f"{trial.fault.id} in {trial.answer}"
        assert trial.lab is LABS[0]
    assert len({trial.id for trial in found}) == len(found)


def test_the_closing_line_counts_what_was_diagnosed():
    tally = Tally()
    for named in (Named.RIGHT, Named.RIGHT, Named.WRONG, Named.EFFECT):
        tally.add(FaultResult(Effect.FAILS, (Judged("one", named, ""),)))
    tally.add(FaultResult(Effect.FAILS, (Judged("one", Named.HONEST, "", general=True),)))
    tally.add(FaultResult(Effect.NONE))
    tally.add(FaultResult(Effect.UNNOTICED))
    assert tally.line() == "5 faults, 2 R named right, 1 H honest, 1 E effects, 1 W wrong"
    assert tally.beside() == (
        "by the first failed check alone R 2 H 1 E 1 W 1; "
        "1 of the honest ones with a general sentence; 1 broke nothing, 1 broke the goal and no check, 0 could not be made"
    )
