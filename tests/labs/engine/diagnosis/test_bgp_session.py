"""The causes of a BGP session that is not established, by its present state and not by an earlier one."""

import ipaddress
import json

import pytest

from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.definition.spec import Kind
from labs.engine.diagnosis import bgp_session, diagnosis, seen_sentences
from labs.engine.diagnosis.causes import CAUSES
from rigs.diagnose.frr_and_bird import BIRD, FRR
from rigs.diagnose.frr_pair import ROUTER
from tests.labs.engine.diagnosis.networks import RIGS, answers, bgp_answers, frr, port, search

ENDED = "Cease/Maximum Number of Prefixes Reached"


def r1_says(*states, limit=""):
    """The pair of routers; r1 says of its session how it is, each time it is asked, and why it once ended."""
    waits = list(states)

    def of(ask):
        if ask["ask"] != "vty" or ask["daemon"] != "bgpd":
            return None
        if ask["commands"] != ["show running-config"]:
            if "summary" in ask["commands"][0]:
                return {"outputs": [json.dumps({"ipv6Unicast": {"peers": {"2001:db8:b::2": {"state": waits[0]}}}})]}
            state = waits.pop(0) if len(waits) > 1 else waits[0]
            neighbour = {"2001:db8:b::2": {"bgpState": state, "lastNotificationReason": ENDED}}
            return {"outputs": [json.dumps(neighbour)]}
        text = ROUTER.format(i=ask["node"][1], o=3 - int(ask["node"][1]))
        mine = "  neighbor 2001:db8:b::2 activate\n"
        return {"outputs": [text.replace(mine, f"{mine}{limit}") if ask["node"] == "r1" else text]}

    return answers(of)


LIMIT = "  neighbor 2001:db8:b::2 maximum-prefix 1\n"


@pytest.mark.parametrize(
    ("state", "limit", "name"),
    [
        ("Idle", LIMIT, "bgp-limit"),
        ("Active", LIMIT, "bgp-limit"),
        ("Established", LIMIT, ""),  # it is up again, and something else keeps the routes away
        ("Active", "", ""),  # the limit was taken away
    ],
)
def test_a_prefix_limit_is_named_only_if_it_is_configured_and_the_session_is_down(state, limit, name):
    [found] = diagnosis.run([search("pair", "bgp")], r1_says(state, limit=limit))
    assert found.name == name
    assert name or f"is in state {state}" in str(found.text)


def test_a_prefix_limit_that_is_closing_the_session_is_named():
    [found] = diagnosis.run([search("pair", "bgp")], r1_says("Established", "Idle", limit=LIMIT))
    assert found.name == "bgp-limit"


def test_without_its_ports_known_a_router_is_not_reported_as_far_from_its_peer():
    def no_ports(ask):
        return {"ok": False, "kind": "timeout"} if ask["ask"] == "ip" and ask["node"] == "r1" else None

    [found] = diagnosis.run([search("pair", "bgp")], bgp_answers(no_ports))
    assert found is None or found.name == ""


def test_the_session_of_another_protocol_between_the_same_routers_is_no_cause():
    def of(ask):
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            ports = [port(name, ask["node"]) for name in ("eth0", "eth1", "eth2")]
            ports[1]["addr_info"].append({"local": f"192.0.2.{ask['node'][1]}", "prefixlen": 30, "scope": "global"})
            return {"json": ports}
        if ask["ask"] != "vty" or ask["daemon"] != "bgpd":
            return None
        if ask["commands"] != ["show running-config"]:
            return {"outputs": [json.dumps({"2001:db8:b::2": {"bgpState": "Active"}})]}
        other = 3 - int(ask["node"][1])
        text = ROUTER.format(i=ask["node"][1], o=other)
        first = f" neighbor 2001:db8:b::{other} remote-as"
        return {"outputs": [text.replace(first, f" neighbor 192.0.2.{other} remote-as 6500{other}\n{first}", 1)]}

    [found] = diagnosis.run([search("pair", "bgp")], answers(of))
    assert found.name == ""
    assert "is in state Active" in str(found.text)


@pytest.mark.parametrize(("text", "named"), [("", True), ('include "/etc/bird/peers.conf";', False)])
def test_a_neighbour_that_may_be_in_an_included_file_is_not_missing(text, named):
    """Regression: of a route server, whose members are in a file of their own, it was told that it does not have one of them."""
    lab = RIGS["mixed"].lab
    bird = next(node for node in lab.nodes.values() if node.kind is Kind.BIRD)
    seen = Seen(bird, config=of_bird(f"router id 10.0.0.3;\n{text}"))
    peer = ipaddress.ip_address("2001:db8:23::1")
    found = [one.name for one in bgp_session.why_not_up(Network(lab, {bird.name: seen}), seen, peer, None, 6)]
    assert found == (["bgp-no-neighbor"] if named else [])


@pytest.mark.parametrize(
    ("line", "down", "up"),
    [
        ("route-map ALL permit 10\n", "", "bgp-denied"),  # nothing defines the policy then
        ("  neighbor 2001:db8:b::{o} activate\n", "bgp-family", "bgp-family"),
    ],
)
def test_a_policy_does_not_keep_a_session_down(line, down, up):
    """Regression: a route-map that denies all was blamed for a session that was down for another reason."""
    routers = ROUTER.replace(line, "")

    def says(state, reason=""):
        def of(ask):
            if ask["ask"] != "vty" or ask["daemon"] != "bgpd":
                return None
            if "summary" in ask["commands"][0]:
                return {"outputs": [json.dumps({"ipv6Unicast": {"peers": {"2001:db8:b::2": {"state": state}}}})]}
            if ask["commands"] != ["show running-config"]:
                peer = {"bgpState": state, "lastNotificationReason": reason}
                return {"outputs": [json.dumps({"2001:db8:b::2": peer})]}
            return {"outputs": [routers.format(i=ask["node"][1], o=3 - int(ask["node"][1]))]}

        return answers(of, routers)

    [reset] = diagnosis.run([search("pair", "bgp")], says("Active", "Cease/Administrative Reset"))
    assert reset.name == up, "it is open again in a moment"
    for state, name in (("Active", down), ("Established", up)):
        [found] = diagnosis.run([search("pair", "bgp")], says(state))
        assert found.name == name
        assert name or "is in state Active" in str(found.text)


def test_a_neighbour_of_another_address_family_is_active():
    text = """router bgp 65001
 no bgp default ipv4-unicast
 neighbor 2001:db8:b::2 remote-as 65001
 address-family l2vpn evpn
  neighbor 2001:db8:b::2 activate
 exit-address-family
exit
"""
    seen = frr(text)
    peer = ipaddress.ip_address("2001:db8:b::2")
    assert list(bgp_session._no_family(None, seen, peer, None, 6)) == []
    alone = frr(text.replace("  neighbor 2001:db8:b::2 activate\n", ""))
    assert [one.name for one in bgp_session._no_family(None, alone, peer, None, 6)] == ["bgp-family"]


@pytest.mark.parametrize(
    ("line", "name"),
    [("password x", "bgp-password"), ("ttl security", "bgp-ttl"), ("multihop", "")],
)
def test_the_command_shows_the_statement_of_bird(line, name):
    """Regression: for a password of BIRD, “show protocols all” was given, which tells none."""
    mixed = RIGS["mixed"].lab
    bird = Seen(mixed.nodes["b1"], config=of_bird(BIRD.replace("protocol bgp frr {", f"protocol bgp frr {{ {line};")))
    peer = ipaddress.ip_address("2001:db8:23::1")
    near = bgp_session.bgp_peer_config(bird, {peer}, 6)
    far_seen = Seen(mixed.nodes["r1"], config=of_frr(FRR))
    far = bgp_session.bgp_peer_config(far_seen, {ipaddress.ip_address("2001:db8:23::2")}, 6)
    found = [
        one for one in bgp_session._segments(Network(mixed, {}), near, far) if one.name in ("bgp-password", "bgp-ttl")
    ]
    assert [one.name for one in found] == ([name] if name else [])
    assert all("cat /etc/bird/bird.conf" in str(one.text) for one in found)


KEY = " neighbor 2001:db8:b::2 password secret\n"
HEAD = " no bgp default ipv4-unicast\n"


def with_key(*, summary, then):
    """The pair of routers; only r1 has a key for the session. ``summary``: what r1 says first, None: too late."""

    def of(ask):
        if ask["ask"] != "vty" or ask["daemon"] != "bgpd":
            return None
        command = ask["commands"][0]
        if command == "show running-config":
            text = ROUTER.format(i=ask["node"][1], o=3 - int(ask["node"][1]))
            return {"outputs": [text.replace(HEAD, HEAD + KEY) if ask["node"] == "r1" else text]}
        if "summary" in command:
            peers = {"2001:db8:b::2": {"state": summary}}
            late = {"ok": False, "kind": "timeout"}
            return {"outputs": [json.dumps({"ipv6Unicast": {"peers": peers}})]} if summary else late
        return {"outputs": [json.dumps({"2001:db8:b::2": {"bgpState": then}})]}

    return answers(of)


@pytest.mark.parametrize(
    ("summary", "then", "name"),
    [
        ("Established", "Established", ""),
        (None, "Established", ""),
        ("Active", "Active", "bgp-password"),
        (None, "Active", "bgp-password"),
        ("Established", "Active", "bgp-password"),  # it has gone down since
    ],
)
def test_a_session_that_is_established_is_not_asked_why_it_is_down(summary, then, name):
    """Regression: any reason that keeps sessions down was told of one that works, where something else keeps its routes away."""
    [found] = diagnosis.run([search("pair", "bgp")], with_key(summary=summary, then=then))
    assert found.name == name
    assert name or f"is in state {then}" in str(found.text)


OF_FRR = """router bgp 65001
 no bgp default ipv4-unicast
 bgp shutdown
 neighbor 2001:db8:b::2 remote-as 65002
 neighbor 192.0.2.2 remote-as 65002
exit
"""
OF_BIRD = """
protocol bgp six { local as 65001; neighbor 2001:db8:b::2 as 65002; }
protocol bgp four { local as 65001; neighbor 192.0.2.2 as 65002; }
"""


@pytest.mark.parametrize("daemon", ["frr", "bird"])
@pytest.mark.parametrize(("peer", "version"), [("2001:db8:b::2", 6), ("192.0.2.2", 4)])
def test_of_two_sessions_between_the_same_routers_the_sentence_says_which(daemon, peer, version):
    """Regression: of the sessions for IPv4 and for IPv6 both sentences were the same."""
    bird = Seen(RIGS["mixed"].lab.nodes["b1"], config=of_bird(OF_BIRD), off=frozenset({"six", "four"}))
    seen, address = frr(OF_FRR) if daemon == "frr" else bird, ipaddress.ip_address(peer)
    network = Network(RIGS["mixed"].lab, {seen.node.name: seen})
    [down, *_others] = [
        one for one in bgp_session.why_not_up(network, seen, address, None, version) if one.name == "bgp-shutdown"
    ]
    [nothing, *_others] = bgp_session.why_nothing(network, seen, address, None, version)
    assert f"The session with {peer} is shut down on {seen.node.name}" in str(down.text)
    family = f"The address family IPv{version} is not activated on {seen.node.name} for the session with {peer}"
    assert family in str(nothing.text)
    assert [str(next(seen_sentences.of(one))) for one in (down, nothing)] == [
        f"The session with {peer} is shut down on {seen.node.name}.",
        f"{family}.",
    ]


BLAMES_A_SESSION = ["shutdown", "as", "password", "passwords", "ttl", "multihop", "filter", "family", "policy", "limit"]


@pytest.mark.parametrize("name", [*BLAMES_A_SESSION, "prefix-list", "as-path", "denied", "denied-out"])
def test_each_sentence_about_one_end_of_a_session_names_the_neighbour(name):
    assert "%(peer)s" in CAUSES[f"bgp-{name}"]
    assert "%(peer)s" in seen_sentences.SEEN.get(f"bgp-{name}", "%(peer)s")
