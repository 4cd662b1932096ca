"""Which link of OSPFv3 is named where several are not as they might be: not the one that is meant so."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.config import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Check, Kind, Node, Stage
from labs.engine.diagnosis import routes
from rigs.diagnose.fault_network import cable


def three_routers(*, lan=("passive", "passive"), far_area=0, stages=(), solution=None, start=()):
    """r1 and r2 share a network of hosts, eth1, and a link; r3 is behind r2. ``lan``: how eth1 of r1 and of r2 is in OSPFv3."""
    links = [
        cable("r1:eth1", "r2:eth1", "2001:db8:1::1/64", "2001:db8:1::2/64"),
        cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64"),
        cable("r2:eth2", "r3:eth2", "2001:db8:23::2/64", "2001:db8:23::3/64"),
    ]
    bare = ad_hoc_lab("faults", [Node(name=f"r{i}", kind=Kind.FRR, start=start) for i in (1, 2, 3)], links)
    made = replace(bare, stages=stages, solution={"s": solution or {}})
    on = {"eth0": "area", "eth2": "area"}
    ports = {"r1": on | {"eth1": lan[0]}, "r2": on | {"eth1": lan[1]}, "r3": on | {"eth1": "area"}}
    areas = {"r3": far_area}
    nodes = {}
    for name, ways in ports.items():
        area = f" ipv6 ospf6 area {areas.get(name, 0)}\n"
        words = {"area": area, "passive": f"{area} ipv6 ospf6 passive\n", "off": ""}
        text = "".join(f"interface {port}\n{words[way]}exit\n" for port, way in ways.items())
        held = {end.name: ipaddress.ip_interface(end.addresses[0]) for end in made.interfaces(name)}
        held |= {"eth1": ipaddress.ip_interface("2001:db8:3::3/64")} if name == "r3" else {}
        nodes[name] = Seen(
            made.nodes[name],
            ports={port: Port(port, held=(Held(at),)) for port, at in held.items()},
            config=of_frr(f"{text}router ospf6\nexit\n"),
        )
    return Network(made, nodes)


def why_no_route(network):
    return routes.of_ospf(network, network.lab.nodes["r1"], ipaddress.ip_network("2001:db8:3::/64"))


@pytest.mark.parametrize("lan", [("passive", "passive"), ("passive", "off"), ("area", "passive"), ("off", "area")])
def test_a_network_of_hosts_between_two_routers_does_not_hide_a_fault_further_on(lan):
    assert why_no_route(three_routers(lan=lan, far_area=1)).name == "ospf-area"


@pytest.mark.parametrize(
    ("lan", "name"),
    [
        (("passive", "passive"), ""),
        (("off", "passive"), ""),
        (("area", "passive"), "ospf-passive"),
        (("off", "area"), "ospf-not-on"),
    ],
)
def test_a_link_on_which_one_router_only_sends_no_hello_is_named_if_nothing_else_is(lan, name):
    assert why_no_route(three_routers(lan=lan)).name == name


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
def test_where_the_lab_wants_an_adjacency_a_passive_end_is_named_first(wanted, name):
    assert why_no_route(three_routers(far_area=1, **wanted)).name == name


def test_a_prefix_that_one_of_its_two_routers_announces_is_announced():
    network = three_routers(far_area=1)
    to = ipaddress.ip_network("2001:db8:23::/64")
    assert routes.of_ospf(network, network.lab.nodes["r1"], to).name == "ospf-area"
    r3 = network.nodes["r3"]
    alone = replace(r3, config=of_frr("interface eth1\n ipv6 ospf6 area 0\nexit\nrouter ospf6\nexit\n"))
    network = Network(network.lab, {**network.nodes, "r3": alone})
    assert routes.of_ospf(network, network.lab.nodes["r1"], to).name == "ospf-not-on"
