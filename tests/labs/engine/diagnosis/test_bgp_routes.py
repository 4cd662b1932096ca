"""The policy that is named for a route that a neighbour has and this router lacks."""

import ipaddress
import json

import pytest

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import bgp_routes, compared, diagnosis, seen_sentences, session_states
from labs.engine.diagnosis.session_states import SeenWithSessions
from labs.engine.state.facts import Section
from rigs.diagnose.fault_network import cable

PREFIX = "2001:db8:b::/48"
LAB = ad_hoc_lab(
    "policies",
    [Node(name="r1", kind=Kind.FRR, daemons=("bgpd",)), Node(name="r2", kind=Kind.FRR, daemons=("bgpd",))],
    [cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64")],
)
ROUTER = """router bgp 6500{i}
 no bgp ebgp-requires-policy
 neighbor 2001:db8:12::{o} remote-as 6500{o}
 address-family ipv6 unicast
  neighbor 2001:db8:12::{o} activate
  {policy}
 exit-address-family
exit
{lists}
"""


def named(policies, lists="", path="65009", state="Established", key=""):
    """The cause where r2 has the route with this AS path, r1 does not, and each has its policy; r1 has a key perhaps."""

    def of(ask):
        i = ask["node"][1]
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            held = {"local": f"2001:db8:12::{i}", "prefixlen": 64, "scope": "global"}
            return {
                "ok": True,
                "json": [{"ifname": "eth0", "flags": ["UP", "LOWER_UP"], "mtu": 1500, "addr_info": [held]}],
            }
        if ask["ask"] == "vty" and ask["daemon"] == "bgpd":
            policy = policies.get(ask["node"], "")
            config = ROUTER.format(i=i, o=3 - int(i), policy=policy, lists=lists)
            config = config.replace(" address-family", f"{key} address-family", 1) if i == "1" else config
            route = {"prefix": PREFIX, "paths": [{"aspath": {"string": path}}]} if ask["node"] == "r2" else {}
            session = {"ipv6Unicast": {"peers": {f"2001:db8:12::{3 - int(i)}": {"state": state}}}}
            said = session if "summary" in ask["commands"][0] else route
            return {"ok": True, "outputs": [config if "running" in ask["commands"][0] else json.dumps(said)]}
        return {"ok": False, "kind": "timeout"}

    check = TYPES["bgp.route"].parse({"prefix": PREFIX})
    [found] = diagnosis.run([diagnosis.search(check, LAB.nodes["r1"], LAB)], lambda asks: [of(ask) for ask in asks])
    return found.name, str(found.text)


@pytest.mark.parametrize(
    ("policies", "lists", "node", "seen"),
    [
        (
            {"r2": "neighbor 2001:db8:12::1 filter-list OWN out"},
            "bgp as-path access-list OWN seq 5 permit ^$",
            "r2",
            "65009",
        ),
        (
            {"r1": "neighbor 2001:db8:12::2 filter-list OWN in"},
            "bgp as-path access-list OWN seq 5 permit ^65002$",
            "r1",
            "65002 65009",
        ),
    ],
)
def test_an_as_path_list_that_denies_the_route_is_named(policies, lists, node, seen):
    name, text = named(policies, lists)
    assert name == "bgp-as-path"
    peer = "2001:db8:12::2" if node == "r1" else "2001:db8:12::1"
    assert f"on {node} for {peer} denies the route, whose AS path there is “{seen}”" in text


def test_an_as_path_list_that_permits_the_route_is_not_named():
    policies = {"r1": "neighbor 2001:db8:12::2 filter-list OWN in"}
    assert named(policies, "bgp as-path access-list OWN seq 5 permit ^65002_")[0] == ""


def test_a_route_map_that_matches_as_paths_is_followed():
    entries = ("route-map IN deny 5", " match as-path BAD", "exit", "route-map IN permit 10", "exit")
    lists = "\n".join(("bgp as-path access-list BAD seq 5 permit _65009$", *entries))
    assert named({"r1": "neighbor 2001:db8:12::2 route-map IN in"}, lists)[0] == "bgp-denied"


KEEPS = "neighbor 2001:db8:12::2 soft-reconfiguration inbound"


@pytest.mark.parametrize(
    ("path", "policy", "named_as", "command"),
    [
        ("65009 65001", "", "bgp-loop", f"on r2: vtysh -c 'show bgp ipv6 unicast {PREFIX}'"),
        (
            "65009 65001",
            KEEPS,
            "bgp-loop",
            "on r1: vtysh -c 'show bgp ipv6 unicast neighbors 2001:db8:12::2 received-routes'",
        ),
        ("65009 65001", "neighbor 2001:db8:12::2 allowas-in 1", "", ""),
        ("65009", "", "", ""),
    ],
)
def test_a_loop_is_shown_where_its_as_path_is_kept(path, policy, named_as, command):
    """Regression: the command for a dropped route showed nothing, because FRR keeps it only with soft-reconfiguration."""
    name, text = named({"r1": policy}, path=path)
    assert name == named_as
    assert command in text


def test_a_route_map_with_a_prefix_list_that_nothing_defines_is_not_followed():
    """Regression: an entry that denies what is in a missing prefix list was blamed. In FRR no route fits such an entry."""
    entries = ("route-map IN deny 5", " match ipv6 address prefix-list BAD", "exit", "route-map IN permit 10", "exit")
    policy = {"r1": "neighbor 2001:db8:12::2 route-map IN in"}
    assert named(policy, "\n".join(entries))[0] == ""
    defined = (*entries, f"ipv6 prefix-list BAD seq 5 permit {PREFIX}")
    assert named(policy, "\n".join(defined))[0] == "bgp-denied"


def test_no_policy_is_blamed_while_the_session_is_down():
    policies = {"r2": "neighbor 2001:db8:12::1 filter-list OWN out"}
    assert named(policies, "bgp as-path access-list OWN seq 5 permit ^$", state="Active")[0] == ""


@pytest.mark.parametrize(("state", "name"), [("Established", "bgp-as-path"), ("Active", "bgp-password")])
def test_of_a_session_that_is_established_only_the_policies_are_examined(state, name):
    """Regression: a key at one end was told for a session that works, while a policy kept the route back."""
    policies = {"r2": "neighbor 2001:db8:12::1 filter-list OWN out"}
    key = " neighbor 2001:db8:12::2 password secret\n"
    assert named(policies, "bgp as-path access-list OWN seq 5 permit ^$", state=state, key=key)[0] == name


@pytest.mark.parametrize(
    ("established", "name"), [({"2001:db8:12::2"}, "bgp-denied"), (set(), "bgp-password"), (None, "bgp-password")]
)
def test_the_way_of_packets_knows_which_sessions_are_established(established, name):
    """Regression: of a router without a route it was told why its session is down, though the session was up."""
    text = ROUTER.format(i=1, o=2, policy="neighbor 2001:db8:12::2 route-map NONE in", lists="route-map NONE deny 10")
    text = text.replace(" address-family", " neighbor 2001:db8:12::2 password secret\n address-family", 1)
    peer = ipaddress.ip_interface("2001:db8:12::2/64")
    other = ROUTER.format(i=2, o=1, policy="", lists="")
    nodes = {
        "r1": SeenWithSessions(
            LAB.nodes["r1"],
            ports={"eth0": Port("eth0", held=(Held(ipaddress.ip_interface("2001:db8:12::1/64")),))},
            config=of_frr(text),
            established=None if established is None else frozenset(map(ipaddress.ip_address, established)),
        ),
        "r2": Seen(LAB.nodes["r2"], ports={"eth0": Port("eth0", held=(Held(peer),))}, config=of_frr(other)),
    }
    [found] = bgp_routes.why_none(Network(LAB, nodes), nodes["r1"], 6)
    assert (found.name, found.is_sure) == (name, established is not None)


def test_a_session_beyond_the_eighth_peer_is_known_too():
    """Regression: the states of eight sessions were asked for. Of all others no policy was examined, and nobody was told."""
    peers = [ipaddress.ip_address(f"2001:db8:{i:x}::2") for i in range(1, 30)]
    neighbors = "".join(f" neighbor {peer} remote-as 65002\n" for peer in peers)
    seen = Seen(LAB.nodes["r1"], config=of_frr(f"router bgp 65001\n{neighbors}exit\n"))
    asked = bgp_routes._asks(seen, [], ipaddress.ip_network(PREFIX))
    summary = {"ipv6Unicast": {"peers": {str(peer): {"state": "Established"} for peer in peers}}}
    said = {
        key: {"ok": True, "outputs": [json.dumps(summary)]}
        for key, ask in asked.items()
        if "show bgp summary json" in ask["commands"]
    }
    read = session_states.with_states(seen, said)
    assert all(session_states.is_established(read, peer) for peer in peers)
    assert len(asked) < 8


THREE = ad_hoc_lab(
    "peers",
    [Node(name=f"r{i}", kind=Kind.FRR, daemons=("bgpd",)) for i in (1, 2, 3)],
    [
        cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64"),
        cable("r1:eth1", "r3:eth1", "2001:db8:13::1/64", "2001:db8:13::3/64"),
    ],
)
R2, R3 = "2001:db8:12::2", "2001:db8:13::3"


def three(holders):
    """r1 takes nothing from r2, and its session with r3 is shut down: the candidates where these routers have the route."""
    nodes = {}
    for name, links in {"r1": {"eth0": 12, "eth1": 13}, "r2": {"eth0": 12}, "r3": {"eth1": 13}}.items():
        held = {port: Held(ipaddress.ip_interface(f"2001:db8:{link}::{name[1]}/64")) for port, link in links.items()}
        nodes[name] = Seen(
            THREE.nodes[name],
            ports={port: Port(port, held=(one,)) for port, one in held.items()},
            config=of_frr(R1 if name == "r1" else OTHERS.format(i=name[1], link=12 if name == "r2" else 13)),
            answered=frozenset({"bgpd"}),
        )

    def of(ask):
        if "summary" in ask["commands"][0]:
            peers = {R2: {"state": "Established"}, R3: {"state": "Idle (Admin)"}}
            return {"ok": True, "outputs": [json.dumps({"ipv6Unicast": {"peers": peers}})]}
        route = {"prefix": PREFIX, "paths": [{"aspath": {"string": "65009"}}]} if ask["node"] in holders else {}
        return {"ok": True, "outputs": [json.dumps(route)]}

    network = Network(THREE, nodes)
    search = bgp_routes.search(network, THREE.nodes["r1"], ipaddress.ip_network(PREFIX), rpki=False)
    [found] = diagnosis.run([search], lambda asks: [of(ask) for ask in asks])
    return found, network


R1 = f"""router bgp 65001
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor {R2} remote-as 65002
 neighbor {R3} remote-as 65003
 neighbor {R3} shutdown
 address-family ipv6 unicast
  neighbor {R2} activate
  neighbor {R2} route-map NONE in
  neighbor {R3} activate
 exit-address-family
exit
route-map NONE deny 10
exit
"""
OTHERS = """router bgp 6500{i}
 no bgp ebgp-requires-policy
 neighbor 2001:db8:{link}::1 remote-as 65001
 address-family ipv6 unicast
  neighbor 2001:db8:{link}::1 activate
 exit-address-family
exit
"""


def test_which_of_two_peers_should_bring_a_route_is_not_guessed():
    """Regression: the first peer was blamed, which may be kept off on purpose, and not the one that should bring the route."""
    found, network = three({"r2", "r3"})
    assert [one.name for one in (found, *found.others)] == ["bgp-denied", "bgp-shutdown"]
    assert seen_sentences.without_doubt(found).name == ""
    # The solved network decides.
    block = {"router bgp 65001": f"neighbor {R3} shutdown"}
    live, model = ({"r1": {Section.CONFIG: facts}} for facts in (block, {"router bgp 65001": ""}))
    assert compared.reconciled(found, None, network, live, model).name == "bgp-shutdown"
    assert compared.reconciled(found, None, network, live, live).name == ""


def test_the_only_peer_with_the_route_may_be_kept_off_on_purpose():
    """Regression: a filtered customer was blamed where the upstream, which had no route, should have brought it."""
    for holder, name in (("r2", "bgp-denied"), ("r3", "bgp-shutdown")):
        found, _network = three({holder})
        assert (found.name, found.is_sure, found.others) == (name, False, ())


def test_of_several_peers_without_the_route_none_is_blamed_without_the_solved_network():
    found, _network = three(set())
    assert (found.name, found.is_sure) == ("bgp-shutdown", False)
