"""The values that a learner knows from the lab."""

import dataclasses

import pytest

from labs.engine.diagnosis import known_to_learner
from tests.labs.engine.diagnosis.networks import RIGS

LAB = dataclasses.replace(
    RIGS["mixed"].lab,
    guide="Use 2001:db8:5::1/64, not 2001:db8:7::10. The MTU is 1400. Set net.ipv6.conf.eth0.accept_ra.",
)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2001:db8:5::1/64", True),
        ("2001:db8:5::1", False),  # the guide has it with its length only
        ("2001:db8:7::1", False),  # and this is a part of another address
        ("2001:db8:13::1/64", True),  # of a link
        ("2001:db8:13::1", True),
        ("2001:db8:13::/64", True),
        ("2001:db8:13::9/64", False),
        ("network 2001:db8:5::1/64 and 192.0.2.1", False),
        ("neighbor r2 remote-as 64500", True),  # no address in it
    ],
)
def test_an_address_is_told_by_the_guide_or_by_a_link(text, known):
    assert known_to_learner.is_given(LAB, text) is known


def test_a_setting_is_told_by_the_guide_or_by_the_node_itself():
    assert known_to_learner.gives_setting(LAB, "r1", "net.ipv6.conf.eth0.accept_ra")
    assert not known_to_learner.gives_setting(LAB, "r1", "net.ipv6.conf.eth1.accept_ra")
    key = "net.ipv6.conf.all.keep_addr_on_down"
    nodes = LAB.nodes | {"r1": dataclasses.replace(LAB.nodes["r1"], sysctls={key: "1"})}
    assert known_to_learner.gives_setting(dataclasses.replace(LAB, nodes=nodes), "r1", key)


def test_the_usual_mtu_and_that_of_the_guide_are_told():
    assert [known_to_learner.gives_mtu(LAB, mtu) for mtu in ("1500", "1400", "1280")] == [True, True, False]
