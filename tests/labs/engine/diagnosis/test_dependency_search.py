"""The nearest thing that is not as it is in the solved network, by what the failed check rests on."""

import copy
import dataclasses
import ipaddress
import json

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen, Way
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind as NodeKind
from labs.engine.definition.spec import Node, Stage
from labs.engine.diagnosis import compared
from labs.engine.diagnosis.items import Kind
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.engine.state import reading
from labs.engine.state.facts import Section, as_json, from_json
from rigs.diagnose.fault_network import cable
from rigs.diagnose.frr_pair import ROUTER

LAB = ad_hoc_lab(
    "faults",
    [
        *(Node(name=name, kind=NodeKind.FRR, daemons=("ospf6d", "bgpd")) for name in ("r1", "r2")),
        Node(name="h2", kind=NodeKind.HOST),
    ],
    [
        cable("r1:eth0", "r2:eth0", "2001:db8:a::1/64", "2001:db8:a::2/64"),
        cable("r1:eth1", "r2:eth1", "2001:db8:b::1/64", "2001:db8:b::2/64"),
        cable("r2:eth2", "h2:eth0", "2001:db8:2::1/64", "2001:db8:2::10/64"),
    ],
)
CHECKS = {
    "ping": ("ping", {"to": "2001:db8:2::10"}),
    "from afar": ("ping", {"to": "2001:db8:2::10", "source": "2001:db8:a::2"}),
    "from near": ("ping", {"to": "2001:db8:2::10", "source": "2001:db8:2::1"}),
    "session": ("bgp.session", {"peer": "2001:db8:b::2"}),
    "route": ("bgp.route", {"prefix": "2001:db8:2::/48"}),
    "ospf": ("ospf6.neighbor", {"interface": "eth0"}),
    "name": (
        "dns.record",
        {"name": "www.example", "type": "AAAA", "server": "2001:db8:2::10", "values": ["2001:db8::1"]},
    ),
    "advertised": ("ospf6.route", {"prefix": "2001:db8:2::/64"}),
    "kernel": ("fib.route", {"prefix": "2001:db8:2::/64"}),
}
BGP, FAMILY = "router bgp 65001", "router bgp 65001 / address-family ipv6 unicast"


def net(text):
    return ipaddress.ip_network(text)


WAYS = {
    "r1": (("2001:db8:2::/64", "2001:db8:a::2", "eth0", "ospf"), ("2001:db8:b::/64", None, "eth1", "kernel")),
    "r2": (("2001:db8:2::/64", None, "eth2", "kernel"), ("2001:db8:b::/64", None, "eth1", "kernel")),
    "h2": (("::/0", "2001:db8:2::1", "eth0", "static"),),
}


def solved_pair():
    """Return the network as it was read, and its state."""
    nodes = {}
    for name, node in LAB.nodes.items():
        ports = {
            end.name: Port(end.name, held=(Held(ipaddress.ip_interface(end.addresses[0])),))
            for end in LAB.interfaces(name)
        }
        link = "2001:db8:a::/64"
        direct = [(link, None, "eth0", "kernel")] if name != "h2" else []
        ways = [
            Way(net(to), ipaddress.ip_address(via) if via else None, dev, protocol, 0)
            for to, via, dev, protocol in (*WAYS[name], *direct)
        ]
        if name == "r2":
            ways.append(Way(net("2001:db8:1::/48"), ipaddress.ip_address("2001:db8:b::1"), "eth1", "bgp", 0))
        nodes[name] = Seen(
            node,
            ports=ports,
            ways=tuple(ways),
            config=of_frr(ROUTER.format(i=name[1], o=3 - int(name[1]))) if name != "h2" else of_frr(""),
            settings={"net.ipv6.conf.all.forwarding": "1" if name != "h2" else "0"},
            filters={"nftables": []},
            answered=frozenset(
                {*node_state.ALL, "routes4", "routes6", "rules4", "rules6", *ALWAYS_RUNNING, *node.daemons}
            ),
        )
    network = Network(LAB, nodes)
    state = as_json(reading.state_of(network, {}))
    for name, other in (("r1", "2"), ("r2", "1")):
        state[name]["sessions"] = {f"2001:db8:b::{other}": "up"}
        state[name]["adjacencies"] = {"ospf6 eth0": "up"}
    return network, state


@pytest.fixture
def solved():
    return solved_pair()


def suspect(solved, check, change, node="r1"):
    """Return what is suspected when the live network differs from the solved one in what ``change`` does."""
    network, model = solved
    live = copy.deepcopy(model)
    change(live)
    kind, expect = CHECKS[check]
    made = TYPES[kind].parse(expect)
    return compared.suspect(made, LAB.nodes[node], network, from_json(live), from_json(model))


def replaced(node, block, was, now):
    def change(live):
        text = live[node]["config"][block]
        assert was in text, text
        live[node]["config"][block] = text.replace(was, now)

    return change


def down(live):
    for name, other in (("r1", "2"), ("r2", "1")):
        live[name]["sessions"][f"2001:db8:b::{other}"] = "down"


def test_two_equal_networks_have_no_suspect(solved):
    for check in CHECKS:
        assert suspect(solved, check, lambda live: None) is None, check


def test_a_missing_route_is_followed_down_to_the_setting_that_keeps_the_routers_apart(solved):
    def change(live):
        live["r1"]["routes"].pop("2001:db8:2::/64")
        for name in ("r1", "r2"):
            live[name]["adjacencies"]["ospf6 eth0"] = "down"
        replaced("r2", "interface eth0", "hello-interval 1", "hello-interval 9")(live)

    for check in ("ping", "kernel", "ospf"):
        found = suspect(solved, check, change)
        assert (found.item.kind, found.nearest.node) == (Kind.ADJACENCY, "r2"), check
        assert found.nearest.live == "ipv6 ospf6 hello-interval 9"


def test_a_session_that_is_down_is_followed_to_the_other_end(solved):
    def change(live):
        down(live)
        replaced("r2", "router bgp 65002", "remote-as 65001", "remote-as 65009")(live)

    for check in ("session", "route"):
        found = suspect(solved, check, change)
        assert (found.item.kind, found.nearest.node) == (Kind.SESSION, "r2"), check
        assert "65009" in found.nearest.live


def test_what_differs_elsewhere_is_not_suspected(solved):
    change = replaced("r2", "router bgp 65002", "remote-as 65001", "remote-as 65009")
    assert suspect(solved, "ping", change) is None
    assert suspect(solved, "ospf", change) is None


def test_a_difference_below_something_that_works_is_not_suspected(solved):
    assert suspect(solved, "route", replaced("r2", "interface eth0", "hello-interval 1", "hello-interval 9")) is None


def test_an_adjacency_that_is_up_and_not_as_it_should_be_is_told_as_that(solved):
    """A cost that differs does not keep routers from becoming neighbours, and it was said that it does."""
    change = replaced("r1", "interface eth0", "hello-interval 1", "hello-interval 9")
    assert suspect(solved, "ospf", change).is_up

    def and_down(live):
        change(live)
        live["r1"]["adjacencies"]["ospf6 eth0"] = "down"

    assert not suspect(solved, "ospf", and_down).is_up


def test_a_link_that_is_down_comes_before_the_settings_of_the_session_over_it(solved):
    def change(live):
        down(live)
        live["r2"]["interfaces"]["eth1 up"] = "no"
        live["r1"]["routes"].pop("2001:db8:b::/64")
        replaced("r2", "router bgp 65002", "remote-as 65001", "remote-as 65009")(live)

    found = suspect(solved, "session", change)
    assert (found.nearest.section, found.nearest.key) == (Section.INTERFACES, "eth1 up")


def test_a_policy_is_suspected_only_for_the_routes_and_not_for_the_session(solved):
    change = replaced("r1", FAMILY, "route-map ALL in", "route-map NONE in")
    assert suspect(solved, "route", change).item.kind is Kind.BGP_ROUTE
    assert suspect(solved, "session", lambda live: (down(live), change(live))) is None


def test_another_design_of_the_same_thing_is_not_blamed(solved):
    def change(live):
        down(live)
        others = "\n".join(f"neighbor 2001:db8:b::2 other-{number} x" for number in range(5))
        live["r1"]["config"][BGP] = f"bgp router-id 10.0.0.1\n{others}"

    assert suspect(solved, "session", change) is None


def test_forwarding_and_an_address_are_found_on_the_way(solved):
    def forwarding(live):
        live["r2"]["settings"]["net.ipv6.conf.all.forwarding"] = "0"

    def address(live):
        live["h2"]["interfaces"]["eth0 addresses"] = "2001:db8:2::11/64"

    assert suspect(solved, "ping", forwarding).item.kind is Kind.FORWARDING
    assert suspect(solved, "ping", address).nearest.live == "2001:db8:2::11/64"


def test_a_filter_that_differs_is_suspected_only_if_it_may_drop_the_packets(solved):
    network, model = solved
    head = {"family": "inet", "table": "t", "name": "c", "hook": "forward", "policy": "accept", "prio": 0}
    for words, suspected in (({"drop": None}, True), ({"accept": None}, False)):
        rule = {"family": "inet", "table": "t", "chain": "c", "expr": [words]}
        changed = network.nodes["r2"].filters | {"nftables": [{"chain": head}, {"rule": rule}]}
        live_network = Network(LAB, network.nodes | {"r2": _with_filters(network.nodes["r2"], changed)})
        live = copy.deepcopy(model)
        live["r2"]["filters"] = {"inet t c": "drop" if suspected else "accept"}
        check = TYPES["ping"].parse(CHECKS["ping"][1])
        found = compared.suspect(check, LAB.nodes["r1"], live_network, from_json(live), from_json(model))
        assert (found is not None and found.item.kind is Kind.FILTER) is suspected


def test_of_a_chain_that_is_only_here_its_rule_is_named_and_not_its_head_that_accepts(solved):
    network, model = solved
    head = {"family": "inet", "table": "t", "name": "c", "hook": "forward", "policy": "accept", "prio": 0}
    rule = {"family": "inet", "table": "t", "chain": "c", "expr": [{"drop": None}]}
    changed = {"nftables": [{"chain": head}, {"rule": rule}]}
    live_network = Network(LAB, network.nodes | {"r2": _with_filters(network.nodes["r2"], changed)})
    live = copy.deepcopy(model)
    live["r2"]["filters"] = {"inet t c": f"{json.dumps(head)}\n{json.dumps(rule['expr'])}"}
    check = TYPES["ping"].parse(CHECKS["ping"][1])
    found = compared.suspect(check, LAB.nodes["r1"], live_network, from_json(live), from_json(model))
    assert [one.live for one in found.found] == [json.dumps([{"drop": None}])]


def _with_filters(seen, filters):
    return Seen(seen.node, ports=seen.ports, ways=seen.ways, config=seen.config, filters=filters)


def test_a_static_route_to_another_next_hop_is_found_where_the_way_turns(solved):
    def change(live):
        live["h2"]["routes"]["::/0"] = "static via 2001:db8:2::99 dev eth0"

    found = suspect(solved, "ping", change)
    assert (found.nearest.node, found.nearest.section) == ("h2", Section.ROUTES)


def test_a_longer_route_that_sends_the_packets_the_same_way_is_no_cause(solved):
    """Regression: whoever had a blackhole for one site, and none for the whole network, was told to remove the first."""

    def change(to, how):
        return lambda live: live["r1"]["routes"].update({to: how})

    was = solved[1]["r1"]["routes"]["2001:db8:2::/64"]
    assert suspect(solved, "ping", change("2001:db8:2::/96", was.replace("ospf", "static"))) is None
    found = suspect(solved, "ping", change("2001:db8:2::/96", "static blackhole"))
    assert (found.item.kind, found.nearest.key) == (Kind.ROUTE, "2001:db8:2::/96")


def test_what_only_a_later_stage_adds_is_not_missing_yet(solved):
    network, model = solved
    live = copy.deepcopy(model)
    replaced("r1", FAMILY, "neighbor 2001:db8:b::2 route-map ALL in\n", "")(live)
    line = "neighbor 2001:db8:b::2 route-map ALL in"
    stages = tuple(Stage(id=name, title=name, checks=()) for name in ("one", "two"))
    lab = dataclasses.replace(LAB, stages=stages, solution={"two": {"r1": (line,)}})
    check = TYPES["bgp.route"].parse(CHECKS["route"][1])
    staged = Network(lab, network.nodes)
    states = from_json(live), from_json(model)
    assert compared.suspect(check, lab.nodes["r1"], staged, *states, "one") is None
    assert compared.suspect(check, lab.nodes["r1"], staged, *states, "two").nearest.model == line


@pytest.mark.parametrize(
    ("sooner", "is_found"),
    [
        ("ip addr add 2001:db8:2::10/64 dev eth0", True),
        ("ip addr add 2001:db8:2::10/649 dev eth0", False),
        ("true", False),
    ],
)
def test_what_this_stage_adds_and_a_later_one_writes_again_is_missing_now(solved, sooner, is_found):
    """A later stage writes the address into a file, so that it is there after a start."""
    network, model = solved
    live = copy.deepcopy(model)
    live["h2"]["interfaces"]["eth0 addresses"] = ""
    stages = tuple(Stage(id=name, title=name, checks=()) for name in ("one", "two"))
    typed = {"one": {"h2": (sooner,)}, "two": {"h2": ("echo 'address 2001:db8:2::10/64' >>/etc/network/interfaces",)}}
    lab = dataclasses.replace(LAB, stages=stages, solution=typed)
    check = TYPES["ping"].parse(CHECKS["ping"][1])
    found = compared.suspect(
        check, lab.nodes["r1"], Network(lab, network.nodes), from_json(live), from_json(model), "one"
    )
    assert (found is not None) == is_found


@pytest.mark.parametrize(("line", "inverse"), [("no X", "X"), ("X", "no X")])
def test_what_only_a_later_stage_removes_is_not_too_much_yet(solved, line, inverse):
    network, model = solved
    peer = "neighbor 2001:db8:b::2 route-map"
    line, inverse = line.replace("X", f"{peer} ALL2 in"), inverse.replace("X", f"{peer} ALL2 in")
    live = copy.deepcopy(model)
    replaced("r1", FAMILY, f"{peer} ALL in\n", f"{peer} ALL in\n{line}\n")(live)
    stages = tuple(Stage(id=name, title=name, checks=()) for name in ("one", "two"))
    lab = dataclasses.replace(LAB, stages=stages, solution={"two": {"r1": (inverse,)}})
    check = TYPES["bgp.route"].parse(CHECKS["route"][1])
    staged = Network(lab, network.nodes)
    states = from_json(live), from_json(model)
    assert compared.suspect(check, lab.nodes["r1"], staged, *states, "one") is None
    assert compared.suspect(check, lab.nodes["r1"], staged, *states, "two").nearest.live == line


def test_a_missing_route_that_should_drop_packets_is_found_too(solved):
    network, model = solved
    network = dataclasses.replace(network, lab=with_start("r2", "ip -6 route add blackhole 2001:db8:2::/60"))
    model["r2"]["routes"]["2001:db8:2::/60"] = "boot blackhole"
    live = copy.deepcopy(model)
    live["r2"]["routes"].pop("2001:db8:2::/60")
    check = TYPES["net.no_loops"].parse({"to": ["2001:db8:2:7::1"]})
    for state in (live, model):
        state["r1"]["routes"]["2001:db8:2::/60"] = "static via 2001:db8:a::2 dev eth0"
    found = compared.suspect(check, LAB.nodes["r1"], network, from_json(live), from_json(model))
    assert (found.nearest.node, found.nearest.key) == ("r2", "2001:db8:2::/60")


@pytest.mark.parametrize(
    ("word", "stops", "lets_pass"), [("accept_ra", "0", "2"), ("autoconf", "0", "1"), ("forwarding", "1", "0")]
)
def test_a_setting_that_lets_more_pass_than_in_the_solved_network_is_no_cause(solved, word, stops, lets_pass):
    """A DHCP client writes accept_ra while it runs. It did not run, and “accept_ra should be 0” was named."""
    network, model = solved
    key = f"net.ipv6.conf.eth0.{word}"
    check = TYPES["addr.slaac"].parse({"interface": "eth0", "prefix": "2001:db8:2::/64"})

    def found(live_value, solved_value):
        for state, value in ((live := copy.deepcopy(model), live_value), (there := copy.deepcopy(model), solved_value)):
            state["h2"].setdefault("settings", {})[key] = value
        return compared.suspect(check, LAB.nodes["h2"], network, from_json(live), from_json(there))

    assert found(lets_pass, stops) is None
    assert found(stops, lets_pass).nearest.key == key


def test_an_address_where_the_solved_network_has_none_is_no_cause(solved):
    """dhcpcd gives itself 169.254.x.y where no server answers. It was named, for a route that was wrong elsewhere."""
    _network, model = solved
    model["r1"]["interfaces"]["eth0 addresses"] = ""

    def own(live):
        live["r1"]["interfaces"]["eth0 addresses"] = "169.254.159.147/16"

    assert suspect(solved, "ping", own) is None


@pytest.mark.parametrize(("check", "wanted"), [("from afar", "::/0"), ("from near", None)])
def test_the_way_back_leads_to_the_address_that_the_check_sends_from(solved, check, wanted):
    """A router asked from its address on another network, and the missing default route of the host was only seen."""
    _network, model = solved
    model["h2"]["routes"]["2001:db8:2::/64"] = "kernel dev eth0"
    found = suspect(solved, check, lambda live: live["h2"]["routes"].pop("::/0"), node="r2")
    assert (found and found.nearest.key) == wanted


def with_start(name, *lines):
    nodes = LAB.nodes | {name: dataclasses.replace(LAB.nodes[name], start=lines)}
    return dataclasses.replace(LAB, nodes=nodes)


def test_a_route_that_a_program_enters_is_an_effect_of_the_program(solved):
    """A DHCPv6 server enters a route to what it delegates. “There is no route” was named, and the server had stopped."""
    network, model = solved
    model["r2"]["routes"]["2001:db8:f::/56"] = "boot via h2:eth0 dev eth2"
    model["r2"]["processes"] = {"kea-dhcp6": "runs"}
    live = copy.deepcopy(model)
    live["r2"]["routes"].pop("2001:db8:f::/56")
    check = TYPES["fib.route"].parse({"prefix": "2001:db8:f::/56"})

    def found():
        return compared.suspect(check, LAB.nodes["r2"], network, from_json(live), from_json(model))

    assert found() is None
    live["r2"]["processes"] = {}
    assert (found().nearest.section, found().nearest.key) == (Section.PROCESSES, "kea-dhcp6")


@pytest.mark.parametrize(
    ("kind", "expect"),
    [
        ("dhcp6.lease", {"interface": "eth0", "prefix": "2001:db8:2::/64"}),
        ("dhcp6.prefix_delegated", {"prefix": "2001:db8:f::/56"}),
    ],
)
def test_what_a_node_gets_by_dhcp_is_followed_to_the_server_on_its_link(solved, kind, expect):
    network, model = solved
    model["r2"]["files"] = {"/etc/kea/kea-dhcp6.conf": "pool 2001:db8:2::1000"}
    model["h2"]["files"] = {"/etc/dhcpcd.conf": "ia_na 1"}
    check = TYPES[kind].parse(expect)
    for node, path in (("r2", "/etc/kea/kea-dhcp6.conf"), ("h2", "/etc/dhcpcd.conf")):
        live = copy.deepcopy(model)
        live[node]["files"] = {path: "other"}
        found = compared.suspect(check, LAB.nodes["h2"], network, from_json(live), from_json(model))
        assert (found.nearest.node, found.nearest.key) == (node, path)


def test_another_client_on_the_link_is_no_reason_why_nothing_is_leased(solved):
    """Kea delegated nothing. What was named was the dnsmasq of another customer's router on the same link, for its own house."""
    network, model = solved
    lab = ad_hoc_lab(
        "access",
        [*(Node(name=name, kind=NodeKind.HOST) for name in ("h2", "r1", "r2")), Node(name="sw", kind=NodeKind.SWITCH)],
        [cable(f"sw:p{number}", f"{node}:eth0", "", "") for number, node in enumerate(("h2", "r1", "r2"))],
    )
    for client in ("h2", "r1"):
        model[client]["routes"] = {"::/0": "ra via r2:eth0 dev eth0"}
    model["r1"]["processes"] = {"dnsmasq": "runs"}
    model["r2"]["files"] = {"/etc/kea/kea-dhcp6.conf": "pool\npd-pool"}
    live = copy.deepcopy(model)
    live["r1"]["processes"] = {}
    check = TYPES["dhcp6.prefix_delegated"].parse({"prefix": "2001:db8:f::/56"})

    def found():
        there = dataclasses.replace(network, lab=lab)
        return compared.suspect(check, lab.nodes["h2"], there, from_json(live), from_json(model))

    assert found() is None
    live["r2"]["files"] = {"/etc/kea/kea-dhcp6.conf": "pool"}
    assert (found().nearest.node, found().nearest.key) == ("r2", "/etc/kea/kea-dhcp6.conf")


def test_the_file_of_a_service_is_found_under_the_request_that_it_should_answer(solved):
    _network, model = solved
    model["h2"]["files"] = {"/etc/unbound.conf": "access-control: 2001:db8::/32 allow"}

    def refusing(live):
        live["h2"]["files"] = {"/etc/unbound.conf": "access-control: 2001:db8::/32 refuse"}

    found = suspect(solved, "name", refusing)
    assert (found.item.kind, found.nearest.section) == (Kind.SERVICE, Section.FILES)
    assert suspect(solved, "ping", refusing) is None


def test_a_prefix_that_is_advertised_from_an_interface_without_ipv6_is_found_there(solved):
    def disabled(live):
        live["r1"]["routes"].pop("2001:db8:2::/64")
        live["r2"]["settings"]["net.ipv6.conf.eth2.disable_ipv6"] = "1"

    solved[1]["r2"]["settings"]["net.ipv6.conf.eth2.disable_ipv6"] = "0"
    found = suspect(solved, "advertised", disabled)
    assert (found.item.kind, found.item.node, found.item.at) == (Kind.LINK, "r2", "eth2")


def test_the_nodes_on_the_way_are_read_before_those_around(solved):
    """Not all nodes of a large network are read."""
    made = TYPES["ping"].parse(CHECKS["ping"][1])
    assert compared.on_the_way(made, LAB.nodes["r1"], LAB, from_json(solved[1])) == ["r1", "r2", "h2"]
    session = TYPES["bgp.session"].parse(CHECKS["session"][1])
    assert compared.on_the_way(session, LAB.nodes["r1"], LAB, from_json(solved[1])) == ["r1", "r2"]


def test_a_daemon_that_is_down_at_the_other_end_is_a_matter_of_the_session(solved):
    """It was told as a service that does not answer the request."""

    def silent(live):
        down(live)
        live["r2"]["daemons"]["bgpd"] = "down"

    found = suspect(solved, "session", silent)
    assert (found.item.kind, found.nearest.node, found.nearest.key) == (Kind.SESSION, "r2", "bgpd")


def test_the_way_back_to_a_host_is_known_from_a_router_whose_own_address_is_leased(solved):
    """Regression: behind a router with a delegated prefix, nothing on the way back was compared."""
    network, state = solved[0], copy.deepcopy(solved[1])
    # h2 makes its own address, and that of r2 there is leased: neither is kept in a state.
    state["h2"]["interfaces"]["eth0 addresses"] = state["r2"]["interfaces"]["eth2 addresses"] = ""
    state["h2"]["routes"]["::/0"] = "ra via r2:eth2 dev eth0"
    live = copy.deepcopy(state)
    live["r1"]["routes"]["2001:db8:2::/64"] = "static via 2001:db8:a::99 dev eth0"
    state["r1"]["routes"]["2001:db8:2::/64"] = "static via 2001:db8:a::2 dev eth0"
    check = TYPES["ping"].parse({"to": "2001:db8:a::1"})
    found = compared.suspect(check, LAB.nodes["h2"], network, from_json(live), from_json(state))
    assert (found.nearest.node, found.nearest.section) == ("r1", Section.ROUTES)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("", "neighbor 2001:db8:b::2 description the one in the north\n"),
        ("", "bgp log-neighbor-changes\n"),
        ("neighbor 2001:db8:b::2 description north\n", "neighbor 2001:db8:b::2 description south\n"),
    ],
)
def test_a_statement_for_people_is_never_the_reason(solved, was, now):
    """Regression: of a session that was down for another reason, the learner was told that its description should not be there."""
    network, model = solved
    before = model["r1"]["config"][BGP]
    model["r1"]["config"][BGP] = f"{was}{before}"

    def change(live):
        down(live)
        live["r1"]["config"][BGP] = f"{now}{before}"

    assert suspect((network, model), "session", change) is None


def test_timers_that_differ_keep_no_session_down(solved):
    """Regression: where the cause was not to be seen, the learner was told to type the timers of the solution."""
    network, model = solved
    before = model["r1"]["config"][BGP]
    model["r1"]["config"][BGP] = f"{before}\nneighbor 2001:db8:b::2 timers 3 9\nbgp route-map delay-timer 1"

    def change(live):
        live["r1"]["config"][BGP] = before

    for check in ("session", "route"):
        assert suspect((network, model), check, lambda live: (down(live), change(live))) is None, check
    # Of a session that is up, the timers may be what the check wants.
    assert "timers 3 9" in suspect((network, model), "session", change).nearest.model


def test_a_protocol_that_runs_here_and_not_in_the_solved_network_stops_nothing(solved):
    """Regression: a lab's checks disable a protocol of BIRD at their end, and it was told that it does not run."""
    network, model = solved
    model["r1"]["daemons"] = {"spare": "disabled", "other": "disabled"}

    def runs(live):
        down(live)
        del live["r1"]["daemons"]["spare"]

    assert suspect((network, model), "session", runs) is None
    model["r1"]["daemons"] = {}
    found = suspect((network, model), "session", lambda live: live["r1"]["daemons"].update({"uplink": "disabled"}))
    assert (found.nearest.section, found.nearest.key) == (Section.DAEMONS, "uplink")


@pytest.mark.parametrize(
    ("solved_value", "live_value", "stops"), [("0", "1", True), ("1", "0", False), ("0", "2", False), ("1", "2", False)]
)
def test_only_a_strict_reverse_path_filter_drops_packets(solved, solved_value, live_value, stops):
    """Regression: a value of 2, which the machine had set by itself, was named for a BGP route that was missing."""
    network, model = solved
    key = "net.ipv4.conf.eth0.rp_filter"
    for node, ports in (("r1", ("eth0",)), ("r2", ("eth0", "eth2")), ("h2", ("eth0",))):
        model[node]["settings"] |= {f"net.ipv4.conf.{port}.rp_filter": solved_value for port in ports}
    model["r1"]["interfaces"]["eth0 addresses"] += "\n192.0.2.1/25"
    model["r2"]["interfaces"]["eth0 addresses"] += "\n192.0.2.2/25"
    model["r2"]["interfaces"]["eth2 addresses"] += "\n192.0.2.129/25"
    model["h2"]["interfaces"]["eth0 addresses"] += "\n192.0.2.130/25"
    model["r1"]["routes"]["192.0.2.128/25"] = "static via 192.0.2.2 dev eth0"
    model["r2"]["routes"]["192.0.2.128/25"] = "kernel dev eth2"
    live = copy.deepcopy(model)
    live["r2"]["settings"][key] = live_value
    check = TYPES["ping"].parse({"to": "192.0.2.130"})
    found = compared.suspect(check, LAB.nodes["r1"], network, from_json(live), from_json(model))
    assert (found is not None and found.nearest.key == key) is stops


def test_a_loose_reverse_path_filter_drops_packets_where_the_port_has_no_ipv4_address(solved):
    """Regression: a mesh by RFC 9229 lost replies on such a port, and the value of 2 was taken as harmless."""
    network, model = solved
    model["r2"]["settings"]["net.ipv4.conf.eth0.rp_filter"] = "0"
    model["r1"]["interfaces"]["eth0 addresses"] += "\n192.0.2.1/25"
    model["r2"]["interfaces"]["eth2 addresses"] += "\n192.0.2.129/25"
    model["h2"]["interfaces"]["eth0 addresses"] += "\n192.0.2.130/25"
    model["r1"]["routes"]["192.0.2.128/25"] = "babel via 2001:db8:a::2 dev eth0"
    model["r2"]["routes"]["192.0.2.128/25"] = "kernel dev eth2"
    live = copy.deepcopy(model)
    live["r2"]["settings"]["net.ipv4.conf.eth0.rp_filter"] = "2"
    check = TYPES["ping"].parse({"to": "192.0.2.130"})
    found = compared.suspect(check, LAB.nodes["r1"], network, from_json(live), from_json(model))
    assert found is not None
    assert found.nearest.key == "net.ipv4.conf.eth0.rp_filter"


def test_a_file_that_the_configuration_of_bird_includes_belongs_to_its_policies(solved):
    """Nothing was compared in the policies of a route server, which are in a file of their own."""
    network, model = solved
    policy = "/etc/bird/policy.conf"
    model["r1"]["files"] = {policy: "return true;", "/etc/other.conf": "x"}

    model["r2"]["sessions"]["2001:db8:a::1"] = "up"  # two sessions with r1, and still one difference

    def change(live):
        live["r1"]["files"] = {policy: "return false;", "/etc/other.conf": "y"}

    assert suspect((network, model), "route", change) is None
    model["r1"]["config"][""] = f'include "{policy}"'
    found = suspect((network, model), "route", change)
    assert [(one.key, one.live) for one in found.found] == [(policy, "return false;")]


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("dst 2001:db8:2:: dstlen 64 priority 100 src all table 77", True),
        ("dst 2001:db8:2::10 priority 100 src all table 77", True),
        ("priority 100 src 2001:db8:a:: srclen 64 table 77", True),  # where it leads is in another table
        ("dst 2001:db8:99:: dstlen 48 priority 100 src all table 77", False),
        ("dst 192.0.2.0 dstlen 24 priority 100 src all table 77", False),
    ],
)
def test_a_policy_rule_is_suspected_only_if_it_may_fit_the_packets(solved, rule, fits):
    """Regression: each policy rule was named where a route was missing, and none where the main table has the right route."""
    for is_there in (True, False):

        def change(live, is_there=is_there):
            live["r1"]["rules"][""] = rule
            if not is_there:
                live["r1"]["routes"].pop("2001:db8:2::/64")

        found = suspect(solved, "ping", change)
        assert (found is not None and found.nearest.section is Section.RULES) is fits


@pytest.mark.parametrize(
    ("prefix", "found"), [("2001:db8:2::/48", True), ("2001:db8::/32", True), ("2001:db8:99::/48", False)]
)
def test_a_route_rests_on_what_the_cache_says_about_its_prefix(solved, prefix, found):
    """A ROA with another origin made a route invalid, and no cause was known."""
    network, model = solved
    roas, roa = "/etc/vrps.json", '{{"asn": "AS{number}", "prefix": "{prefix}"}},'
    model["r1"]["config"]["rpki"] = "rpki cache tcp 2001:db8:2::10 3323 preference 1"
    model["h2"] |= {"files": {roas: roa.format(number=65002, prefix=prefix)}, "processes": {"stayrtr": "runs"}}

    def wrong(live):
        live["h2"]["files"][roas] = roa.format(number=64499, prefix=prefix)

    suspected = suspect((network, model), "route", wrong)
    assert (suspected is not None and suspected.nearest.key == roas) is found
    assert suspect((network, model), "route", lambda live: live["h2"]["processes"].clear()).nearest.key == "stayrtr"
    assert suspect((network, model), "session", wrong) is None


@pytest.mark.parametrize(
    ("line", "is_reason"),
    [
        ("ipv6 ospf6 priority 7", False),
        ("ipv6 ospf6 priority 0", True),  # with two of them, no designated router is elected
        ("ipv6 ospf6 cost 50", False),
        ("ipv6 ospf6 passive", True),
    ],
)
def test_a_cost_or_a_priority_keeps_no_adjacency_down(solved, line, is_reason):
    """Regression: where the cause was not to be seen, the priority of an interface was named."""

    def change(live):
        live["r1"]["config"]["interface eth0"] += f"\n{line}"
        for name in ("r1", "r2"):
            live[name]["adjacencies"]["ospf6 eth0"] = "down"

    assert (suspect(solved, "ospf", change) is not None) is is_reason


def test_an_adjacency_needs_the_version_of_ip_that_its_protocol_sends_over(solved):
    """OSPFv3 sends over IPv6: an IPv4 address that is missing on the link keeps no routers apart."""
    _network, model = solved
    model["r1"]["interfaces"]["eth0 addresses"] += "\n192.0.2.1/25"
    for name in ("r1", "r2"):
        model[name]["settings"]["net.ipv6.conf.eth0.disable_ipv6"] = "0"

    def change(live):
        here = live["r1"]["interfaces"]
        here["eth0 addresses"] = here["eth0 addresses"].replace("\n192.0.2.1/25", "")
        for name in ("r1", "r2"):
            live[name]["adjacencies"]["ospf6 eth0"] = "down"

    assert suspect(solved, "ospf", change) is None

    def without_ipv6(live):
        change(live)
        live["r2"]["settings"]["net.ipv6.conf.eth0.disable_ipv6"] = "1"

    assert suspect(solved, "ospf", without_ipv6).nearest.key == "net.ipv6.conf.eth0.disable_ipv6"


def test_of_an_adjacency_of_bird_either_version_may_be_needed(solved):
    """BIRD says “ospf” of OSPFv2 and of OSPFv3."""
    network, model = solved
    made = dataclasses.replace(LAB.nodes["r1"], kind=NodeKind.BIRD)
    lab = dataclasses.replace(LAB, nodes=LAB.nodes | {"r1": made})
    model["r1"]["adjacencies"] = {"ospf eth0": "up"}
    live = copy.deepcopy(model)
    live["r1"]["adjacencies"] = {"ospf eth0": "down"}
    live["r1"]["interfaces"]["eth0 addresses"] = ""
    check = TYPES["ospf6.neighbor"].parse({"interface": "eth0"})
    found = compared.suspect(check, made, Network(lab, network.nodes), from_json(live), from_json(model))
    assert found.nearest.key == "eth0 addresses"
