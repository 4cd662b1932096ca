"""Faults are generated from the texts of any lab; each changes the lab and knows by what it is named."""

from collections import Counter

import pytest

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node, StartFile
from rigs.diagnose.generators.every_fault import every_fault
from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.labs.all_labs import all_labs

FRR = """ipv6 prefix-list GOOD seq 10 permit 2001:db8:b::/48 le 64
route-map IN permit 10
 match ipv6 address prefix-list GOOD
exit
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
exit
router bgp 65001
 neighbor 2001:db8::2 remote-as 65002
 address-family ipv6 unicast
  neighbor 2001:db8::2 activate
  neighbor 2001:db8::2 route-map IN in
 exit-address-family
exit
"""
BIRD = """protocol bgp out {
  local 2001:db8::2 as 65002;
  neighbor 2001:db8::1 as 65001;
  ipv6 {
    import all;
    export filter { if net.len > 48 then reject; accept; };
  };
}
"""


def node(name, kind, path, text, **more):
    return Node(name=name, kind=kind, files=(StartFile(path=path, content=text.encode(), executable=False),), **more)


@pytest.fixture
def lab():
    r1 = node("r1", Kind.FRR, "/etc/frr/frr.conf", FRR, daemons=("bgpd", "ospf6d"))
    b1 = node("b1", Kind.BIRD, "/etc/bird/bird.conf", BIRD, learner=False)
    return ad_hoc_lab("pair", [r1, b1], [link("r1:eth0", "b1:eth0", ["2001:db8::1/64"], ["2001:db8::2/64"])])


@pytest.fixture
def faults(lab):
    return list(every_fault(lab))


def the(faults, thing, kind, words=""):
    return next(one for one in faults if (one.thing, one.kind) == (thing, kind) and words in one.truths[0].sentence)


def text_of(fault, lab, name):
    return text_of_node(fault.change(lab), name)


def text_of_node(lab, name):
    return lab.nodes[name].files[0].content.decode()


def test_a_line_is_left_out(lab, faults):
    fault = the(faults, "BGP family", FaultKind.MISSING)
    assert text_of(fault, lab, "r1") == FRR.replace("  neighbor 2001:db8::2 activate\n", "")


def test_a_neighbour_is_left_out_with_all_its_lines(lab, faults):
    fault = the(faults, "BGP neighbour", FaultKind.MISSING)
    assert text_of(fault, lab, "r1") == "".join(one for one in FRR.splitlines(True) if "2001:db8::2" not in one)


def test_is_is_is_taken_off_one_interface_and_the_file_stays_valid():
    """FRR refuses the other lines about IS-IS on an interface without it."""
    lab = next(one for one in all_labs() if one.id == "isis-core")
    fault = next(
        one
        for one in every_fault(lab)
        if (one.thing, one.kind) == ("IS-IS interface", FaultKind.MISSING) and "r2: interface eth1" in one.place
    )
    block = "interface eth1\n ipv6 router isis CORE\n isis circuit-type level-2-only\n"
    before, after = (text_of_node(one, "r2") for one in (lab, fault.change(lab)))
    assert block in before
    assert "interface eth1\nexit\n" in after
    assert "interface eth0\n ipv6 router isis CORE\n isis circuit-type level-2-only\n" in after
    assert after.count("\n") == before.count("\n") - 6


def test_a_value_is_wrong_and_the_indentation_stays(lab, faults):
    fault = the(faults, "OSPF timers", FaultKind.WRONG_VALUE)
    assert text_of(fault, lab, "r1") == FRR.replace("hello-interval 1", "hello-interval 7")


def test_an_entry_comes_too_late(lab, faults):
    fault = the(faults, "prefix-list entry", FaultKind.WRONG_ORDER)
    entry = "ipv6 prefix-list GOOD seq 9 deny 2001:db8:b::/48 le 64\n"
    assert text_of(fault, lab, "r1") == entry + FRR


def test_a_policy_is_at_the_wrong_place(lab, faults):
    fault = the(faults, "BGP policy", FaultKind.WRONG_PLACE)
    assert "neighbor 2001:db8::2 route-map IN out\n" in text_of(fault, lab, "r1")


def test_a_wrong_value_where_the_learner_cannot_type_is_at_the_other_end(lab, faults):
    fault = the(faults, "BIRD neighbour", FaultKind.OTHER_END, "the neighbor")
    assert "neighbor 2001:db8::1 as 64499;" in text_of(fault, lab, "b1")
    assert fault.truths[0].nodes == ("b1", "r1")


def test_bird_runs_with_another_file_than_the_one_on_disk(lab, faults):
    changed = the(faults, "BIRD file", FaultKind.NOT_LOADED).change(lab).nodes["b1"]
    assert changed.files[0].content.decode() == BIRD.replace("out {\n", "out {\n  disabled;\n")
    # later than BIRD has read it, so that the times of both differ
    assert changed.start == ("sleep 1.5; sed -i '/^  disabled;$/d' /etc/bird/bird.conf",)


def test_an_address_is_that_of_the_neighbour(lab, faults):
    fault = the(faults, "interface address", FaultKind.DOUBLED, "r1")
    assert fault.change(lab).links[0].a.addresses == ("2001:db8::2/64",)
    assert fault.change(lab).links[0].b.addresses == ("2001:db8::2/64",)


def test_each_fault_changes_the_lab_and_says_where(lab, faults):
    for fault in faults:
        assert fault.change(lab) != lab, fault.id
        assert fault.truths[0].sentence.partition(":")[0] in lab.nodes, fault.id


@pytest.mark.parametrize("lab", all_labs(), ids=lambda lab: lab.id)
def test_each_lab_of_the_rig_has_many_kinds_of_faults(lab):
    kinds = Counter(fault.kind for fault in every_fault(lab))
    assert len(kinds) >= 5, kinds
    assert kinds.total() >= 50
