"""Other right answers keep what the solution means, and differ in what nothing depends on."""

from dataclasses import replace

import pytest

from labs.engine.authoring.catalog import check_folder
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, Stage
from rigs.diagnose.generators.other_answers import other_answers
from rigs.diagnose.labs.building import frr
from rigs.diagnose.labs.exterior import exchange, rpki_bird
from tests.labs.engine.authoring.test_parse import CATALOG

POLICY = """ipv6 prefix-list GOOD seq 5 permit 2001:db8::/32
ipv6 prefix-list GOOD-TOO seq 5 permit 2001:db8:1::/48
route-map IN permit 10
 match ipv6 address prefix-list GOOD
exit
router bgp 64500
 address-family ipv6 unicast
  neighbor 2001:db8::1 route-map IN in
"""
LAB = ad_hoc_lab("one", [frr("r1", POLICY, "bgpd")], [])


def text(lab, name="r1"):
    return lab.nodes[name].files[0].content.decode()


def test_policies_have_other_names_wherever_they_are_used():
    made = text(other_answers(LAB)["other names"])
    assert "ipv6 prefix-list GOOD_own seq 5" in made
    assert "ipv6 prefix-list GOOD-TOO_own seq 5" in made
    assert "match ipv6 address prefix-list GOOD_own\n" in made
    assert "neighbor 2001:db8::1 route-map IN_own in" in made


def test_entries_have_other_numbers_in_the_same_order():
    made = text(other_answers(LAB)["other numbers"])
    assert "prefix-list GOOD seq 205 permit" in made
    assert "route-map IN permit 210" in made
    assert "64500" in made


def test_a_filter_of_bird_has_another_name():
    made = text(other_answers(rpki_bird())["other names"], "r1")
    assert "filter valid_only_own {" in made
    assert made.count("import filter valid_only_own;") == 2


def test_names_of_the_labs_own_files_stay_where_the_learner_types():
    node = frr("r1", "route-map GIVEN permit 10\nexit\n", "bgpd")
    typed = (
        "vtysh",
        "configure terminal",
        "route-map GIVEN permit 10",
        "exit",
        "route-map MINE permit 10",
        "end",
        "exit",
    )
    lab = ad_hoc_lab("typed", [node], [], stages=(Stage(id="s", title="s", checks=()),))
    lab = replace(lab, solution={"s": {"r1": typed}})
    made = other_answers(lab)["other names"].solution["s"]["r1"]
    assert made[2] == "route-map GIVEN permit 10"
    assert made[4] == "route-map MINE_own permit 10"


@pytest.mark.parametrize("name", ["more than needed", "tools beside", "an address more"])
def test_what_is_added_is_on_the_learners_nodes_only(name):
    lab = exchange()
    made = other_answers(lab)[name]
    changed = {one for one in lab.nodes if lab.nodes[one] != made.nodes[one]}
    assert changed
    assert all(lab.nodes[one].learner for one in changed)


def test_each_stage_is_typed_twice():
    lab = replace(ad_hoc_lab("typed", [frr("r1", "", "bgpd")], []), solution={"s": {"r1": ("one", "two")}})
    assert other_answers(lab)["typed twice"].solution["s"]["r1"] == ("one", "two", "one", "two")


def test_each_lab_of_the_catalogue_has_three_other_answers():
    labs, _errors = check_folder(CATALOG)
    assert labs
    for lab in labs.values():
        assert len(other_answers(lab)) >= 3, lab.id


def test_a_lab_in_which_nothing_can_be_said_otherwise_has_no_such_answer():
    lab = ad_hoc_lab("bare", [Node(name="h1", kind=Kind.HOST, learner=False)], [])
    assert not other_answers(lab)
