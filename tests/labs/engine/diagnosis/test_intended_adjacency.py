"""The adjacencies that a lab's author intends."""

import ipaddress

import pytest

from labs.engine.definition.spec import Check, Stage
from labs.engine.diagnosis import ospf_routes
from tests.labs.engine.diagnosis.networks import three_routers


def why_no_route(network):
    return ospf_routes.search(network, network.lab.nodes["r1"], ipaddress.ip_network("2001:db8:3::/64"))


ASKED = Check(
    id="full", type="ospf6.neighbor", title="Neighbours", on=("r1",), expect={"interface": "eth1", "router_id": "10.0.0.2"}
)  # fmt: skip


STAGE = Stage(id="s", title="S", checks=())


TYPED = ("vtysh", "configure terminal", "interface eth1", "ipv6 ospf6 area 0", "ipv6 ospf6 passive", "exit")


AT_ONCE = ("vtysh -c 'configure terminal' -c 'interface eth1' -c 'ipv6 ospf6 area 0'",)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"stages": (Stage(id="s", title="S", checks=(ASKED,)),)}, "ospf-passive"),
        ({"start": AT_ONCE}, "ospf-passive"),
        ({"stages": (STAGE,), "solution": {"r1": AT_ONCE}}, "ospf-area"),
        ({"stages": (STAGE,), "solution": {"r1": AT_ONCE, "r2": AT_ONCE}}, "ospf-passive"),
        ({"stages": (STAGE,), "solution": {"r1": TYPED, "r2": TYPED}}, "ospf-area"),
    ],
)
def test_where_the_lab_intends_an_adjacency_a_passive_end_is_named_first(wanted, name):
    assert why_no_route(three_routers(far_area=1, **wanted)).name == name
