"""Cables of a real lab are pulled, made slow and lossy, and put right, by a check, by their learner and by a reset."""

import pytest

from labs.engine.errors import LabFailed
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace
from labs.engine.shared.cable import NO_DELAY, Cable

pytestmark = pytest.mark.live

FAR = "2001:db8:2::2"
CABLE = "r1:eth1"


@pytest.fixture(scope="module")
def r1(lab):
    with Shell(lab, "r1") as shell:
        yield shell


@pytest.fixture(autouse=True)
def plain_afterwards(lab):
    yield
    lab.do({"link": CABLE, "up": True, "rate": 0, "delay": 0, "loss": 0, "lasting": True})
    assert lab.cables() == {}


def arrives(shell, how="-c 3 -i 0.05"):
    return ", 0% packet loss" in shell.type(f"ping {how} -W 1 {FAR}")


def refusal(lab, action):
    try:
        lab.do(action)
    except LabFailed as error:
        return str(error)
    return ""


def test_a_cable_that_loses_all_carries_nothing_and_is_right_again(lab, r1):
    lab.do({"link": CABLE, "loss": 100, "lasting": True})
    assert not arrives(r1)
    assert lab.cables() == {CABLE: Cable(loss=100)}
    lab.do({"link": CABLE, "loss": 0, "lasting": True})
    assert arrives(r1)


def test_a_cable_that_loses_half_carries_the_rest(lab, r1):
    lab.do({"link": "b1:eth0", "loss": 50, "lasting": True})  # its other end is the same cable
    said = r1.type(f"ping -c 60 -i 0.01 -W 1 {FAR}")
    received = int(said.split(" received")[0].split()[-1])
    assert 0 < received < 45  # a quarter comes back


def test_what_who_is_root_at_both_ends_has_undone_is_not_said_of_the_cable_any_more(lab, r1):
    lab.do({"link": CABLE, "up": False, "rate": 64, "loss": 10, "lasting": True})
    r1.type("ip link set eth1 up; tc qdisc del dev eth1 root; nft flush ruleset")
    assert lab.cables() == {CABLE: Cable(up=False, rate=64, loss=10)}  # it is so at the other end
    with Shell(lab, "b1") as b1:
        b1.type("ip link set eth0 up; tc qdisc del dev eth0 root; nft flush ruleset")
    assert lab.cables() == {}
    assert arrives(r1)  # with the addresses that went when it was pulled


def test_a_slow_cable_is_slow_both_ways_and_its_delay_is_said_to_be_impossible_where_it_is(lab, r1):
    lab.do({"link": CABLE, "rate": 64, "lasting": True})
    assert "rate 64Kbit" in r1.type("tc qdisc show dev eth1")
    said = r1.type(f"ping -c 12 -i 0.01 -s 1000 {FAR}")  # 100 kbit
    assert float(said.split("mdev = ")[1].split("/")[2]) > 60  # ms, the slowest answer
    refused = refusal(lab, {"link": CABLE, "delay": 100, "lasting": True})
    if refused:
        assert (refused, lab.cables()) == (NO_DELAY, {CABLE: Cable(rate=64)})
    else:
        assert "delay 100ms" in r1.type("tc qdisc show dev eth1")


def test_what_a_check_did_is_undone_to_what_its_learner_had(lab, r1):
    lab.do({"link": CABLE, "rate": 5000, "lasting": True})
    lab.do({"link": CABLE, "loss": 100})
    lab.do({"link": CABLE, "up": False})
    assert lab.cables() == {CABLE: Cable(up=False, rate=5000, loss=100)}
    lab.do({"link": CABLE, "undo": True})
    lab.do({"link": CABLE, "undo": True})  # brought twice
    assert lab.cables() == {CABLE: Cable(rate=5000)}
    assert arrives(r1)


def test_what_no_cable_can_be_is_refused(lab):
    with pytest.raises(LabFailed, match="rate is a whole number from 8 to 100000 kbit/s"):
        lab.do({"link": CABLE, "rate": 1})
    with pytest.raises(LabFailed, match="from 0 to 100 percent"):
        lab.do({"link": CABLE, "loss": "much"})


def test_a_reset_of_one_end_puts_its_cables_right_at_both_ends(lab, r1):
    lab.do({"link": CABLE, "loss": 100, "rate": 64, "lasting": True})
    lab.do({"link": "h1:eth0", "rate": 64, "lasting": True})
    lab.reset("b1", seconds=pace.seconds(20), on_step=lambda step, seconds: None)
    assert lab.cables() == {"h1:eth0": Cable(rate=64)}
    assert arrives(r1)
    assert "vaka" not in r1.type("nft list tables")
    lab.reset(None, seconds=pace.seconds(30), on_step=lambda step, seconds: None)
    assert lab.cables() == {}
