"""The trials of a lab, and the score that is made of their results."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.catalog import SEEDS
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Resumed, SeatPlan
from labs.engine.proof.proof import Finding, Proof, Summary, conclude, trials
from labs.engine.proof.solution_lines import units
from labs.engine.proof.trial import TrialKind
from labs.engine.proof.trial_result import TrialResult

CATALOG = Path(parse.__file__).parents[2] / "catalog"


def test_a_lab_has_a_reference_trial_one_for_a_resume_and_one_for_each_mutant_and_line(lab):
    assert [trial.kind for trial in trials(lab)] == [
        TrialKind.REFERENCE,
        TrialKind.MUTANT,
        TrialKind.RESUME,
        TrialKind.LINE,
        TrialKind.LINE,
    ]


def test_a_lab_with_parameters_is_tried_with_three_seeds(proven):
    text = (proven / "lab.yaml").read_text()
    (proven / "lab.yaml").write_text(text + "parameters:\n  cost: {kind: number, value: 5, least: 2, most: 2000}\n")
    tried = trials(load_lab(proven))
    assert [trial.lab.seed for trial in tried if trial.kind is TrialKind.MUTANT] == [1, 2, 2**53 - 1]
    assert {trial.lab.seed for trial in tried if trial.kind is TrialKind.LINE} == {0}
    assert [trial.lab.seed for trial in tried if trial.kind is TrialKind.RESUME] == [1]


def mutant_problems(proven, wrong):
    """Return the problems that a proof names of a mutant whose check reach fails with these seeds."""
    text = (proven / "lab.yaml").read_text()
    (proven / "lab.yaml").write_text(text + "parameters:\n  cost: {kind: number, value: 5, least: 2, most: 2000}\n")
    lab = load_lab(proven)
    results = [
        (one, TrialResult(misjudged={"reach": "reach fails."} if one.mutant and one.lab.seed in wrong else {}))
        for one in trials(lab)
    ]
    return [one.text for one in conclude(lab, results).problems]


def test_a_mutant_that_is_wrong_with_every_seed_is_one_problem(proven):
    assert mutant_problems(proven, SEEDS) == ["Mutant no-forwarding: reach fails."]


def test_a_mutant_that_is_wrong_with_some_seeds_says_with_which(proven):
    [text] = mutant_problems(proven, [1])
    begin = "Mutant no-forwarding: reach fails. With seed 1 only, not with seeds 2, 9007199254740991: "
    assert text.startswith(f"{begin}a mutant must give the same verdicts each time.")


def test_a_class_lab_is_not_resumed(lab, proof_of):
    lab = replace(lab, seats=(SeatPlan(id="left", nodes=("r1",)),))
    assert TrialKind.RESUME not in {trial.kind for trial in trials(lab)}
    assert proof_of(lab, {}).resumed is None


def test_points_that_a_resume_loses_are_reported_where_the_lab_promises_them(lab):
    def proof(lab):
        lost = TrialResult(resumed=3, problems=["too few"])
        results = [(one, lost if one.kind is TrialKind.RESUME else TrialResult()) for one in trials(lab)]
        return conclude(lab, results)

    found = proof(replace(lab, resumed=Resumed(points=5, reason="Its registry begins again.", line=40)))
    assert (found.resumed, found.is_proven) == (3, False)
    assert [str(one).removeprefix(f"{lab.folder}/") for one in found.problems] == ["lab.yaml:40: too few"]
    assert [str(one).removeprefix(f"{lab.folder}/") for one in proof(lab).problems] == ["lab.yaml:1: too few"]


def test_the_time_of_an_attempt_at_the_solved_lab_is_kept(lab):
    results = [(one, TrialResult(attempt=35.21)) for one in trials(lab)]
    assert conclude(lab, results).attempt_s == 35.2


def test_a_check_that_gives_points_in_the_untouched_lab_is_reported_with_its_place(lab):
    def result(trial):
        return TrialResult(untouched=["reach"] if trial.kind is TrialKind.REFERENCE else [])

    found = conclude(lab, [(one, result(one)) for one in trials(lab)])
    assert found.is_proven, "some labs begin with something that must stay as it is"
    assert [str(one).removeprefix(f"{lab.folder}/") for one in found.untouched] == [
        "lab.yaml:34: reach (5 points) passes untouched."
    ]
    assert Proof.from_json(found.as_json()) == replace(found, solved=[])


def test_a_line_that_no_check_notices_is_reported_with_its_place(lab, proof_of):
    proof = proof_of(replace(lab, unnoticed=()), {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback"})
    assert (proof.lines, proof.noticed, proof.is_proven) == (2, 1, True)
    [said] = proof.unnoticed
    assert str(said).endswith('solution/r1.sh:6: No check notices when "ipv6 forwarding" is left out.')


def test_an_exception_carries_its_reason(lab, proof_of):
    proof = proof_of(lab, {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback"})
    assert [said.text for said in proof.exceptions] == ["Nobody is behind it."]
    assert not proof.unnoticed


def test_an_exception_for_a_line_that_a_check_notices_is_a_problem(lab, proof_of):
    proof = proof_of(lab, {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback", "ipv6 forwarding": "reach"})
    assert not proof.is_proven
    assert "reach notices that this line is missing" in proof.problems[0].text


def proof(lines, noticed, exceptions=0, problems=0):
    said = Finding("a", 1, "b")
    return Proof(
        lab=f"lab{lines}",
        folder="",
        seeds=3,
        lines=lines,
        noticed=noticed,
        exceptions=[said] * exceptions,
        problems=[said] * problems,
    )


@pytest.mark.parametrize(
    ("proofs", "line", "enough"),
    [
        ([proof(20, 20), proof(40, 38)], "2 labs proven, mutation score 96.6 %, 0 exceptions", True),
        ([proof(100, 95, exceptions=5)], "1 lab proven, mutation score 100 %, 5 exceptions", True),
        ([proof(100, 90, exceptions=10)], "1 lab proven, mutation score 94.7 %, 10 exceptions", False),
        ([proof(10000, 9499)], "1 lab proven, mutation score 94.9 %, 0 exceptions", False),
        ([proof(20, 20), proof(10, 10, problems=1)], "1 lab proven, mutation score 100 %, 0 exceptions", False),
        ([proof(10, 9, exceptions=1)], "1 lab proven, mutation score 90 %, 1 exception", False),
    ],
)
def test_exceptions_above_a_twentieth_of_the_lines_count_as_not_noticed(proofs, line, enough):
    assert str(Summary.of(proofs)) == line
    assert Summary.of(proofs).is_enough is enough


# Our own labs


@pytest.mark.parametrize("folder", [path.parent for path in CATALOG.glob("*/lab.yaml")], ids=lambda path: path.name)
def test_each_of_our_labs_has_mutants_and_few_exceptions(folder):
    lab = load_lab(folder)
    assert len(lab.mutants) >= 4
    assert len(lab.unnoticed) <= len(units(lab)) / 20


DECIDED_AT_ONCE = (
    "addr.present",
    "config.absent",
    "sysctl.value",
    "ospf6.interface",
    "fib.no_static",
)  # these do not depend on a protocol


OF_ONE_HOST = (
    "rejoin",
    "true",
    "ping ",
    "ask-for-an-answer",
    "find-routers",
    "ip neigh del ",
    "stray ",
)  # a host that joins its LAN again, or asks, disturbs no protocol of other nodes


def disturbs_others(stimulus):
    return not ("run" in stimulus and all(command.startswith(OF_ONE_HOST) for command in stimulus["commands"]))


@pytest.mark.parametrize("folder", [path.parent for path in CATALOG.glob("*/lab.yaml")], ids=lambda path: path.name)
def test_after_a_stimulus_each_check_has_time_for_the_protocols_to_recover(folder):
    lab = load_lab(folder)
    if any(disturbs_others(stimulus) for check in lab.checks() for stimulus in check.do):
        slow = [check for check in lab.checks() if check.type not in DECIDED_AT_ONCE and not loses_while(check)]
        assert [check.id for check in slow if check.within < 10] == []


def loses_while(check):
    """A check of the packets that its own stimulus costs. If it were repeated, it would pass once others had found another path."""
    return check.type == "loss.max" and check.do


@pytest.mark.parametrize("folder", [path.parent for path in CATALOG.glob("*/lab.yaml")], ids=lambda path: path.name)
def test_the_loss_that_a_stimulus_costs_is_measured_once(folder):
    assert [check.id for check in load_lab(folder).checks() if loses_while(check) and check.within > 1] == []
