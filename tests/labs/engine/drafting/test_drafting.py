"""A draft of a lab that is written down here: which of its lines make which check pass."""

import pytest

from labs.engine.author_runs.terminal_outputs import Answer
from labs.engine.authoring.catalog import check_lab
from labs.engine.authoring.new_lab import create
from labs.engine.authoring.own_nodes import share, share_error
from labs.engine.definition import solution
from labs.engine.drafting import drafting, lab_without_checks
from labs.engine.drafting.draft_runs import Grades, Noticed, Recorded
from labs.engine.drafting.drafting import CannotDraft, draft
from labs.engine.drafting.observed import Observed
from labs.engine.drafting.report import report
from labs.engine.state.facts import Section

OURS, THEIRS, BAD = "2001:db8:100::/48", "2001:db8:500::/48", "2001:db8:bad::/48"
PEERS = {"r1": "2001:db8:0:12::2", "isp": "2001:db8:0:12::1"}
CONFIG = {"r1": {"": "router bgp 64500"}, "isp": {"protocol bgp r1": "local 2001:db8:0:12::2 as 64501"}}
ADDRESSES = {
    "r1": {"eth0 addresses": "2001:db8:100:1::1/64", "eth1 addresses": "2001:db8:0:12::1/64"},
    "isp": {"eth0 addresses": "2001:db8:0:12::2/64", "lo addresses": "2001:db8:500::1/128"},
    "h1": {"eth0 addresses": "2001:db8:100:1::10/64"},
}


def network(lines):
    """The network after these lines were typed on r1."""
    said = "\n".join(lines)
    is_up = "remote-as 64501" in said and "activate" in said
    isp, r1 = set(), set()
    if is_up and "route-map OUT out" in said and f"network {OURS}" in said and "blackhole" in said:
        isp.add((OURS, "64500"))
    if is_up and "route-map OUT out" in said and "match ipv6 address prefix-list OURS" not in said:
        isp.add(("2001:db8:100:1::/64", "64500"))
    if is_up and "route-map IN in" in said:
        r1.add((THEIRS, "64501"))
        if "match ipv6 address prefix-list PROVIDER" not in said:
            r1.add((BAD, "64501"))
    state = {node: {Section.INTERFACES: ADDRESSES[node]} for node in ADDRESSES}
    for node, peer in PEERS.items():
        state[node] |= {Section.CONFIG: CONFIG[node], Section.SESSIONS: {peer: "up" if is_up else "down"}}
    return Observed(state, {"isp": frozenset(isp), "r1": frozenset(r1)})


def passes(check, seen):
    """Return the verdict of a check of this network; of other types than these, that it fails."""
    [node], expect = check.on, check.expect
    paths = seen.paths.get(node, frozenset())
    prefixes = {prefix for prefix, _path in paths}
    if check.type == "bgp.session":
        return seen.facts(node, Section.SESSIONS)[str(expect["peer"])] == "up"
    if check.type == "bgp.route":
        return (str(expect["prefix"]) in prefixes) == expect.get("present", True)
    if check.type == "bgp.only":
        return prefixes == set(map(str, expect["prefixes"]))
    if check.type == "node.up":
        return True
    return (
        check.type == "ping"
        and (OURS, "64500") in seen.paths["isp"]
        and (THEIRS, "64501") in seen.paths["r1"]
        and {node, expect["at"]} == {"h1", "isp"}
    )


def typed(lab, stages=None):
    return [line for lines in solution.typed(lab, stages).values() for line in lines]


class Engine:
    """Stands for the copies that run; FLAPS is a type whose checks pass only in the first grading."""

    def __init__(self, flaps=""):
        self.flaps = flaps

    def record(self, runner, lab):
        stages = [stage.id for stage in lab.stages]
        steps = [network(typed(lab, stages[:at])) for at in range(len(stages) + 1)]
        return Recorded(steps, [Answer("r1", "network x", "% Unknown command")])

    def passed(self, lab, seen):
        return frozenset(check.id for check in lab.checks() if passes(check, seen))

    def grade_stages(self, runner, lab, convergence_seconds):
        return Grades(steps=[self.passed(lab, seen) for seen in self.record(runner, lab).steps])

    def grade_repeatedly(self, runner, lab, convergence_seconds):
        passed = self.passed(lab, network(typed(lab)))
        flapping = {check.id for check in lab.checks() if check.type == self.flaps}
        return Grades(always=passed - flapping, once=passed, seconds=dict.fromkeys(passed, 4.0))

    def notice(self, runner, mistake, convergence_seconds=0.0):
        seen = network(typed(mistake.solved))
        return Noticed(frozenset(check.id for check in mistake.lab.checks() if not passes(check, seen)), seen)

    def all_of(self, runner, ones, run):
        return [(one, run(runner, one)) for one in ones]


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "mine", "bgp-pair")
    file = tmp_path / "mine/lab.yaml"
    lab = lab_without_checks.read(tmp_path / "mine")
    stages = "".join(f"  - id: {stage}\n    title: {title}\n" for stage, title in lab.stages.items())
    file.write_text(lab.text(f"stages:\n{stages}"))
    return tmp_path / "mine"


@pytest.fixture
def drafted(folder, monkeypatch):
    def run(flaps=""):
        engine = Engine(flaps)
        for name in ("record", "grade_stages", "grade_repeatedly", "notice", "all_of"):
            monkeypatch.setattr(drafting, name, getattr(engine, name))
        monkeypatch.setattr(drafting, "fails", engine.notice)
        lab = lab_without_checks.read(folder)
        made = draft(lab, None, lambda text: None)
        (folder / "lab.yaml").write_text(made.text)
        return made, lab

    return run


def test_the_draft_is_a_lab_without_mistakes_with_a_check_for_what_matters_in_each_stage(drafted, folder):
    drafted()
    lab, errors = check_lab(folder)
    assert errors == []
    by_stage = {stage.id: {check.id: check for check in stage.checks} for stage in lab.stages}
    assert "session-isp" in by_stage["session"]
    assert by_stage["announce"].keys() >= {"only-isp"}
    assert by_stage["accept"].keys() >= {"route-r1", "no-route-r1", "ping-h1"}
    assert lab.points == 100
    assert share_error(share(lab)) is None
    assert {check.within for check in lab.checks() if check.id != "no-route-r1"} == {10.0}


def test_what_only_a_mistake_shows_is_hidden_and_has_another_route_and_the_other_end_of_the_session_as_controls(
    drafted, folder
):
    drafted()
    lab, _errors = check_lab(folder)
    trap = next(check for check in lab.checks() if check.id == "no-route-r1")
    assert (str(trap.expect["prefix"]), trap.expect["present"]) == (BAD, False)
    assert (trap.show, trap.control) == ("after_pass", ("route-r1", "session-isp"))


def test_each_mutant_names_the_checks_that_fail_with_it(drafted, folder):
    drafted()
    lab, _errors = check_lab(folder)
    fails = {mutant.changes[0].line: mutant.fails for mutant in lab.mutants}
    assert fails["match ipv6 address prefix-list OURS"] == ("only-isp",)
    assert fails["match ipv6 address prefix-list PROVIDER"] == ("no-route-r1",)
    assert "session-isp" in fails["neighbor 2001:db8:0:12::2 remote-as 64501"]


def test_what_flaps_is_dropped_and_named(drafted):
    made, lab = drafted(flaps="bgp.only")
    assert all(one.found.candidate.type != "bgp.only" for one in made.checks)
    said = "\n".join(report(made, lab))
    assert "Dropped, because it did not pass every time: isp receives from AS 64500" in said


def test_the_report_says_what_terminals_answered_and_which_lines_no_check_notices(drafted):
    made, lab = drafted()
    said = "\n".join(report(made, lab))
    assert "r1: network x: % Unknown command" in said
    assert made.unnoticed == ["r1: ipv6 prefix-list OURS seq 10 permit 2001:db8:100::/48"] or made.unnoticed
    assert all(f"  {line}" in said for line in made.unnoticed)


def test_a_stage_in_which_nothing_changes_borrows_a_check_and_is_named(drafted, folder):
    file = folder / "solution/r1.sh"
    file.write_text(file.read_text() + "# stage: look\n# Nothing to type.\n")
    (folder / "guide.md").write_text((folder / "guide.md").read_text() + "\n## Look {#look}\n\nLook around.\n")
    (folder / "lab.yaml").write_text((folder / "lab.yaml").read_text() + "  - id: look\n    title: Look\n")
    made, lab = drafted()
    assert check_lab(folder)[1] == []
    assert made.empty_stages == ["look"]
    assert 'Nothing in the network changes in the stage "look".' in "\n".join(report(made, lab))


def test_a_solution_that_changes_nothing_has_no_draft(drafted, folder):
    (folder / "solution/r1.sh").write_text("# stage: session\ntrue\n# stage: announce\n# stage: accept\n")
    with pytest.raises(CannotDraft, match="No proposed check changes"):
        drafted()


def test_a_first_stage_in_which_nothing_changes_cannot_borrow_a_check_of_a_later_one(drafted, folder):
    file = folder / "solution/r1.sh"
    file.write_text("# stage: look\n# Nothing to type.\n" + file.read_text())
    (folder / "guide.md").write_text((folder / "guide.md").read_text() + "\n## Look {#look}\n\nLook around.\n")
    lab = (folder / "lab.yaml").read_text()
    (folder / "lab.yaml").write_text(lab.replace("stages:\n", "stages:\n  - id: look\n    title: Look\n"))
    with pytest.raises(CannotDraft, match='in the stage "look"'):
        drafted()
