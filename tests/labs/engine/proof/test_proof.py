"""Proofs of labs: what of a solution is left out, what is remembered, and what the score is made of."""

import json
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.mutants import changed
from labs.engine.authoring.parse import load_lab
from labs.engine.checks import Outcome
from labs.engine.errors import TookTooLong
from labs.engine.grading.verdicts import Verdict
from labs.engine.proof import record
from labs.engine.proof.proof import Proof, Said, Sum, conclude, trials
from labs.engine.proof.record import Kept
from labs.engine.proof.trial import Kind, Tried
from labs.engine.proof.units import parts, units, without
from labs.engine.text import Text
from labs.typed_yaml.errors import AuthoringErrors
from rigs.steady import steady
from rigs.steady.steady import Grading, Steadiness

CATALOG = Path(parse.__file__).parents[2] / "catalog"


def left_out(text, known=()):
    """The parts of some lines, each as the text of its lines."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [" | ".join(lines[at] for at in part) for part in sorted(parts(lines, set(known)))]


# What can be left out


def test_what_only_carries_other_lines_is_no_line_to_leave_out():
    assert left_out("vtysh\nconfigure terminal\nipv6 forwarding\nend\nwrite memory\nexit\nip link set eth0 up") == [
        "ipv6 forwarding",
        "ip link set eth0 up",
    ]


def test_a_block_that_makes_something_is_left_out_with_its_lines_and_the_line_that_ends_it():
    typed = "vtysh\nconf t\nroute-map IN permit 10\nmatch rpki valid\nexit\nipv6 forwarding\nend\nexit"
    assert left_out(typed) == [
        "route-map IN permit 10 | match rpki valid | exit",
        "match rpki valid",
        "ipv6 forwarding",
    ]


def test_a_block_that_only_says_whose_settings_follow_is_no_part_of_its_own():
    typed = "vtysh\nconf t\ninterface eth0\nipv6 ospf6 area 0\nipv6 ospf6 passive\nexit\nend\nexit"
    assert left_out(typed) == ["ipv6 ospf6 area 0", "ipv6 ospf6 passive"]


def test_a_block_that_is_entered_again_only_holds_what_is_new_in_it():
    typed = "vtysh\nconf t\nrouter bgp 65001\nneighbor 2001:db8::2 shutdown\nend\nexit"
    assert left_out(typed, known={"router bgp 65001"}) == ["neighbor 2001:db8::2 shutdown"]


def test_a_family_stands_in_its_router_and_goes_with_it():
    typed = "vtysh\nconf t\nrouter bgp 1\naddress-family ipv6 unicast\nnetwork 2001:db8::/48\nexit-address-family\nexit\nend\nexit"
    assert left_out(typed) == [
        "router bgp 1 | address-family ipv6 unicast | network 2001:db8::/48 | exit-address-family | exit",
        "network 2001:db8::/48",
    ]


def test_frr_leaves_a_block_by_itself_when_another_one_begins():
    typed = "vtysh\nconf t\nroute-map A permit 10\nmatch rpki valid\nroute-map B permit 10\nend\nexit"
    assert left_out(typed) == ["route-map A permit 10 | match rpki valid", "match rpki valid", "route-map B permit 10"]


def test_a_file_that_is_typed_is_left_out_as_a_whole_and_line_by_line():
    assert left_out("cat <<eof >>/etc/x\none\ntwo\neof\nbirdc configure") == [
        "cat <<eof >>/etc/x | one | two | eof",
        "one",
        "two",
        "birdc configure",
    ]


def test_a_command_over_several_lines_is_one():
    assert left_out("ip route add \\\n2001:db8::/32 \\\nvia fe80::1\nip link") == [
        "ip route add \\ | 2001:db8::/32 \\ | via fe80::1",
        "ip link",
    ]


def test_the_rest_of_the_solution_is_typed_as_it_is(lab):
    unit = next(unit for unit in units(lab) if unit.text == "ipv6 forwarding")
    assert without(lab.solution, unit) == {
        "first": {"r1": ("ip addr add 2001:db8:ff::1/128 dev lo", "vtysh", "configure terminal", "end", "exit")}
    }


# Mutants

PROVEN = """\
mutants:
  - id: no-forwarding
    title: r1 is a host
    changes:
      - {on: r1, line: ipv6 forwarding, becomes: [no ipv6 forwarding, ip forwarding]}
    also: {r1: [ip link set eth0 down]}
    fails: [loopback]
unnoticed:
  - {on: r1, line: ipv6 forwarding, reason: Nobody is behind it.}
"""
SOLUTION = "# typed\n\nip addr add 2001:db8:ff::1/128 dev lo\nvtysh\nconfigure terminal\nipv6 forwarding\nend\nexit\n"


@pytest.fixture
def proven(lab_folder):
    """A lab folder with a mutant and an exception."""
    (lab_folder / "solution/r1.sh").write_text(SOLUTION)
    (lab_folder / "lab.yaml").write_text((lab_folder / "lab.yaml").read_text() + PROVEN)
    return lab_folder


@pytest.fixture
def lab(proven):
    return load_lab(proven)


def test_a_mutant_is_the_solution_with_a_mistake_in_it(lab):
    [mutant] = lab.mutants
    assert changed(lab.solution, mutant)["first"]["r1"][3:] == (
        "no ipv6 forwarding",
        "ip forwarding",
        "end",
        "exit",
        "ip link set eth0 down",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("fails: [loopback]", "fails: [loopbak]", 47, 'There is no check "loopbak": did you mean "loopback"?'),
        ("line: ipv6 forwarding, b", "line: ipv6 forward, b", 45, '"ipv6 forward" is not typed on r1: did you mean'),
        ("{on: r1, line: ipv6 forwarding, r", "{on: r2, line: ipv6 forwarding, r", 49, 'Nothing is typed on "r2".'),
        ("reason: Nobody is behind it.", "after: exit", 49, 'needs "reason"'),
        ("also: {r1:", "also: {r7:", 46, 'There is no node "r7"'),
        ("    fails: [loopback]\n", "", 42, 'A mutant needs "fails"'),
    ],
)
def test_an_author_reads_what_is_wrong_with_a_mutant_and_where(proven, old, new, line, said):
    text = (proven / "lab.yaml").read_text()
    assert old in text
    (proven / "lab.yaml").write_text(text.replace(old, new))
    with pytest.raises(AuthoringErrors) as caught:
        load_lab(proven)
    assert any(error.line == line and said in error.message for error in caught.value.errors), caught.value


def test_a_line_that_is_typed_twice_is_told_apart_by_what_stands_above_it(proven):
    (proven / "solution/r1.sh").write_text(
        SOLUTION + "vtysh\nconfigure terminal\nno ipv6 forwarding\nipv6 forwarding\nend\nexit\n"
    )
    with pytest.raises(AuthoringErrors, match='is typed 2 times on r1; say with "after" behind which line'):
        load_lab(proven)
    text = (
        (proven / "lab.yaml")
        .read_text()
        .replace("line: ipv6 forwarding,", "line: ipv6 forwarding, after: no ipv6 forwarding,")
    )
    (proven / "lab.yaml").write_text(text)
    lab = load_lab(proven)
    assert changed(lab.solution, lab.mutants[0])["first"]["r1"].count("ipv6 forwarding") == 1


# The proof and its score


def proof_of(lab, noticed_by):
    """The proof when each line that is left out is noticed by the check of that name, and all else is right."""
    found = []
    for trial in trials(lab):
        what = noticed_by.get(trial.unit.text, "") if trial.unit else ""
        found.append((trial, Tried(noticed_by=what, start=2.0, memory=50 << 20, grading=0.1)))
    return conclude(lab, found)


def test_a_lab_is_tried_untouched_with_its_mutants_and_without_each_line(lab):
    assert [trial.kind for trial in trials(lab)] == [Kind.REFERENCE, Kind.MUTANT, Kind.LINE, Kind.LINE]


def test_a_lab_with_own_numbers_is_tried_with_three_seeds(proven):
    text = (proven / "lab.yaml").read_text()
    (proven / "lab.yaml").write_text(text + "parameters:\n  cost: {kind: number, value: 5, least: 2, most: 2000}\n")
    tried = trials(load_lab(proven))
    assert [trial.lab.seed for trial in tried if trial.kind is Kind.MUTANT] == [1, 2, 2**53 - 1]
    assert {trial.lab.seed for trial in tried if trial.kind is Kind.LINE} == {0}


def test_a_line_that_no_check_notices_is_told_with_its_place(lab):
    proof = proof_of(replace(lab, unnoticed=()), {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback"})
    assert (proof.lines, proof.noticed, proof.is_proven) == (2, 1, True)
    [said] = proof.unnoticed
    assert str(said).endswith('solution/r1.sh:6: No check notices when "ipv6 forwarding" is left out.')


def test_an_exception_carries_its_reason(lab):
    proof = proof_of(lab, {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback"})
    assert [said.text for said in proof.exceptions] == ["Nobody is behind it."]
    assert not proof.unnoticed


def test_an_exception_for_a_line_that_is_noticed_is_a_mistake(lab):
    proof = proof_of(lab, {"ip addr add 2001:db8:ff::1/128 dev lo": "loopback", "ipv6 forwarding": "reach"})
    assert not proof.is_proven
    assert "reach notices this line after all" in proof.problems[0].text


def proof(lines, noticed, exceptions=0, problems=0):
    said = Said("a", 1, "b")
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
        ([proof(100, 95, exceptions=5)], "1 labs proven, mutation score 100 %, 5 exceptions", True),
        ([proof(100, 90, exceptions=10)], "1 labs proven, mutation score 94.7 %, 10 exceptions", False),
        ([proof(10000, 9499)], "1 labs proven, mutation score 94.9 %, 0 exceptions", False),
        ([proof(20, 20), proof(10, 10, problems=1)], "1 labs proven, mutation score 100 %, 0 exceptions", False),
        ([proof(10, 9, exceptions=1)], "1 labs proven, mutation score 90 %, 1 exceptions", False),
    ],
)
def test_exceptions_above_a_twentieth_of_the_lines_count_as_not_noticed(proofs, line, enough):
    assert str(Sum.of(proofs)) == line
    assert Sum.of(proofs).is_enough is enough


# What is remembered


def test_a_proof_is_remembered_until_the_lab_the_grader_or_the_image_changes(lab, tmp_path, monkeypatch):
    file = tmp_path / "state/proofs.json"
    made = proof_of(lab, {})
    Kept(file, "packages").keep(lab, made)
    assert Kept(file, "packages").get(lab) == made
    assert Kept(file, "packages").get(replace(lab, version="other")) is None
    for name in ("grader", "image_tag"):
        with monkeypatch.context() as other:
            other.setattr(record, name, lambda: "other")
            assert Kept(file, "packages").get(lab) is None


def test_a_fresh_image_with_other_packages_is_proven_again_and_one_with_the_same_is_not(lab, tmp_path):
    file = tmp_path / "proofs.json"
    Kept(file, "frr 10.3-3").keep(lab, proof_of(lab, {}))
    assert Kept(file, "frr 10.3-3").get(lab) is not None
    assert Kept(file, "frr 10.3-4").get(lab) is None


def test_the_grader_is_other_when_one_of_its_files_is(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/a.py").write_text("x = 1\n")
    before = record.grader([tmp_path])
    (tmp_path / "notes.txt").write_text("no code")
    assert record.grader([tmp_path]) == before
    (tmp_path / "checks/a.py").write_text("x = 2\n")
    assert record.grader([tmp_path]) != before


def test_a_proof_that_failed_is_not_remembered_and_the_older_one_is_forgotten(lab, tmp_path):
    memory = Kept(tmp_path / "proofs.json", "packages")
    memory.keep(lab, proof_of(lab, {}))
    bad = replace(proof_of(lab, {}), problems=[Said("a", 1, "b")])
    memory.keep(lab, bad)
    assert Kept(tmp_path / "proofs.json", "packages").get(lab) is None


def test_a_file_that_cannot_be_read_is_as_none(lab, tmp_path):
    for text in ("{", "[]", json.dumps({record.key(lab, "packages"): {"lab": "x"}})):
        (tmp_path / "proofs.json").write_text(text)
        assert Kept(tmp_path / "proofs.json", "packages").get(lab) is None


def test_a_lab_that_moved_is_remembered_where_it_is_now(lab, proven, tmp_path):
    memory = Kept(tmp_path / "proofs.json", "packages")
    memory.keep(lab, proof_of(lab, {}))
    moved = load_lab(shutil.copytree(proven, tmp_path / "elsewhere"))
    assert memory.get(moved).folder == str(tmp_path / "elsewhere")


# Our own labs


@pytest.mark.parametrize("folder", [path for path in CATALOG.iterdir() if path.is_dir()], ids=lambda path: path.name)
def test_each_lab_of_ours_names_mistakes_and_excuses_few_lines(folder):
    lab = load_lab(folder)
    assert len(lab.mutants) >= 4
    assert len(lab.unnoticed) <= len(units(lab)) / 20


SETTLED_AT_ONCE = ("addr.present", "sysctl.value", "ospf6.interface", "fib.no_static")  # no protocol has a say in it


@pytest.mark.parametrize("folder", [path for path in CATALOG.iterdir() if path.is_dir()], ids=lambda path: path.name)
def test_who_asks_twice_in_a_row_is_given_the_time_that_a_pulled_cable_needs(folder):
    lab = load_lab(folder)
    if any(check.do for check in lab.checks()):
        slow = [check for check in lab.checks() if check.type not in SETTLED_AT_ONCE]
        assert [check.id for check in slow if check.within < 10] == []


# Steadiness


def graded(state, **outcomes):
    def one(name, outcome):
        text = Text.plain(outcome)
        return Verdict(
            check=name, stage="first", outcome=Outcome(outcome), points=0, out_of=1, expected=text, seen=text, node="r1",
            command="", cause=None, read_more=(), evidence={}, seconds=0.0,
        )  # fmt: skip

    return Grading(state, tuple(one(name, outcome) for name, outcome in outcomes.items()))


def test_solved_every_check_passes_and_untouched_each_says_what_it_mostly_says():
    gradings = [
        *[graded("untouched", a="failed", b="passed")] * 3,
        graded("untouched", a="passed", b="passed"),
        graded("solved", a="passed", b="passed"),
        graded("solved", a="waiting", b="passed"),
    ]
    lab = Steadiness("lab", gradings)
    assert [why for _grading, why in lab.false()] == ["a is passed: passed", "a is waiting: waiting"]
    assert steady.sum_of([lab]) == (6, 2)


def test_what_could_not_be_looked_at_is_no_false_verdict():
    lab = Steadiness("lab", [graded("solved", a="unknown"), graded("untouched", a="failed")])
    assert (lab.false(), lab.unknown) == ([], 1)


def test_gradings_are_spread_over_fresh_copies_of_different_learners(lab):
    copies = steady.starts(lab, 7, 3)
    assert [copy.gradings for copy in copies] == [3, 2, 2]


class BusyYard:
    """The engine refuses a start so many times."""

    def __init__(self, refusals):
        self.refusals = refusals

    @contextmanager
    def running(self, lab):
        if self.refusals:
            self.refusals -= 1
            raise TookTooLong("The lab did not answer within its time.")
        yield SimpleNamespace(session=None)

    def type(self, session, lab):
        pass


def test_a_copy_that_could_not_be_started_is_started_anew(lab):
    assert steady.run(steady.Start(lab, 0), BusyYard(2)) == []
    with pytest.raises(TookTooLong):
        steady.run(steady.Start(lab, 0), BusyYard(3))
