"""In a class lab whose seats are alike, a diagnosis blames the work of the seat whose check has failed, and of nobody else."""

import pytest

from labs.engine.adapters.node_state import Seen
from labs.engine.checks import TYPES
from labs.engine.diagnosis import changed_cables, diagnosis, known_state, seat_of_check
from labs.engine.shared.cable import Cable
from labs.engine.state.facts import Section, as_json, from_json
from tests.labs.engine.diagnosis.networks import SolvedLab

MATCH = "match ipv6 address prefix-list CUSTOMER6"


@pytest.fixture(scope="module")
def incident():
    return SolvedLab("incident-day")


def without(live, node, line):
    """Remove a line of a node's configuration."""
    config = live[node][Section.CONFIG]
    block, text = next((key, value) for key, value in config.items() if line in value.split("\n"))
    config[block] = "\n".join(one for one in text.split("\n") if one != line)


def cause(solved, name, live, monkeypatch):
    """Return what the diagnosis of this check says if the network is as in LIVE, and the nodes that it has asked."""
    asked = set()

    def ask_all(asks):
        asked.update(ask["node"] for ask in asks)
        return [{"ok": False, "kind": "timeout"} for _ in asks]

    def state(network, _answers, _model):
        return {node: facts for node, facts in from_json(live).items() if node in network.nodes}

    monkeypatch.setattr(known_state, "of", state)
    check, node, stage = solved.check(name)
    [found] = diagnosis.run([diagnosis.search(check, node, solved.lab, None, solved.model, stage)], ask_all)
    return found, asked


def test_a_check_of_a_seat_blames_its_own_configuration_although_that_of_another_comes_first(incident, monkeypatch):
    live = as_json(incident.model)
    without(live, "r1", MATCH)
    without(live, "r3", MATCH)
    found, asked = cause(incident, "only-3", live, monkeypatch)
    assert found.node == "r3"
    assert "lacks a statement (in route-map CUSTOMER6-IN permit 10)" in str(found.text)
    assert "r3" in asked
    assert not asked & {"r1", "r2", "r4", "r5", "r6", "r7", "r8"}


def test_a_check_of_a_seat_shows_no_line_of_another_seat(incident, monkeypatch):
    live = as_json(incident.model)
    without(live, "r1", MATCH)
    found, _asked = cause(incident, "only-3", live, monkeypatch)
    assert found is None or "r1" not in str(found.text)


@pytest.mark.parametrize("path", ["/etc/bird/filtered.conf", "/etc/bird/transit.conf"])
def test_what_a_desk_writes_on_a_node_of_the_instructor_is_no_cause(incident, monkeypatch, path):
    live = as_json(incident.model)
    live["t1"].setdefault(Section.FILES, {})[path] = "if net = 3fff:4:c800::/40 then reject;"
    found, _asked = cause(incident, "only-3", live, monkeypatch)
    assert found is None or path not in str(found.text)


def test_a_file_that_the_instructors_bird_has_not_read_is_not_told(incident, monkeypatch):
    check, node, _stage = incident.check("only-3")
    own = seat_of_check.own_nodes(check, node, incident.lab)
    monkeypatch.setattr(diagnosis, "_read", lambda one, _answers: Seen(one, unread=one.name in ("t1", "r3")))
    found, _asked = cause(incident, "only-3", as_json(incident.model), monkeypatch)
    assert own == {"r3"}
    assert "The configuration file of BIRD on r3" in str(found.text)


def test_a_cable_of_another_seat_is_no_cause(incident):
    check, node, _stage = incident.check("only-3")

    def found(end):
        links = {str(link.a): Cable(up=False) for link in incident.lab.links if end in map(str, link.ends)}
        return changed_cables.search(check, node, incident.lab, incident.model, links, cut_only=False)

    assert found("r1:eth0") is None
    assert "r3:eth0" in str(found("r3:eth0").text) or "t1:s3" in str(found("r3:eth0").text)


def test_the_checks_of_a_lab_that_is_not_for_a_class_may_blame_any_node(incident):
    alone = SolvedLab("ospfv3-one-area")
    check = next(alone.lab.checks())
    parsed = TYPES[check.type].parse(check.expect).placed(alone.lab)
    assert seat_of_check.own_nodes(parsed, alone.lab.nodes[check.on[0]], alone.lab) is None


@pytest.mark.parametrize("name", ["exchange-day", "incident-day", "one-isp"])
def test_each_check_of_a_seat_is_known_as_one_of_its_seat(name):
    solved = SolvedLab(name)
    for one in [check for check in solved.lab.checks() if check.seat]:
        plan = next(plan for plan in solved.lab.seats if plan.id == one.seat)
        parsed = TYPES[one.type].parse(one.expect).placed(solved.lab)
        own = seat_of_check.own_nodes(parsed, solved.lab.nodes[one.on[0]], solved.lab)
        assert own == set(plan.nodes), one.id
