"""What each check type says of real daemons' answers, right and wrong ones."""

import json
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest

from labs.engine.checks import TYPES, BadExpect, Outcome
from labs.engine.checks.comparison import SetOf
from labs.engine.checks.nat64 import embedded
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


def judge(kind, expect, node, *answers):
    check = TYPES[kind].parse(expect)
    assert len(check.asks([node])) == len(answers)
    return check.judge([node], [{"ok": True, **answer} for answer in answers])


@pytest.fixture
def vty(recorded):
    return lambda name: {"outputs": [recorded(f"frr-10.3-{name}.json")]}


@pytest.fixture
def bird(recorded):
    return lambda name: {"output": recorded(f"bird-2.17-{name}.txt")}


@pytest.fixture
def ip(recorded):
    return lambda name: {"json": json.loads(recorded(f"iproute2-6.15-{name}.json"))}


def outcome(*args):
    return judge(*args).outcome


def test_addresses_are_compared_as_addresses(r1, ip):
    answer = ip("addr-r1")
    assert outcome("addr.present", {"interface": "lo", "addresses": ["2001:DB8:0:FF:0::1/128"]}, r1, answer) is PASSED
    finding = judge("addr.present", {"interface": "lo", "addresses": ["2001:db8:0:ff::1/64"]}, r1, answer)
    assert finding.outcome is FAILED
    assert str(finding.cause) == "The address is configured with another prefix length."
    assert finding.command == "ip addr show dev lo"
    wrong = {"interface": "lo", "addresses": ["2001:db8:0:ff::9/128"]}
    assert outcome("addr.present", wrong, r1, answer) is FAILED
    assert outcome("addr.present", {**wrong, "present": False}, r1, answer) is PASSED
    assert outcome("addr.present", {"interface": "eth9", "addresses": ["::1/128"]}, r1, answer) is FAILED


def test_an_address_that_is_there_twice_on_the_link_is_not_there(h1):
    info = {"local": "2001:db8::5", "prefixlen": 64, "dadfailed": True}
    answer = {"json": [{"ifname": "eth0", "addr_info": [info]}]}
    finding = judge("addr.present", {"interface": "eth0", "addresses": ["2001:db8::5/64"]}, h1, answer)
    assert finding.outcome is FAILED
    assert "Duplicate address detection" in str(finding.cause)


def test_slaac_wants_an_address_that_the_host_made(h1):
    made = {"local": "2001:db8::a8ca:bfff:fe7e:4ba5", "prefixlen": 64, "dynamic": True, "mngtmpaddr": True}
    temporary = made | {"local": "2001:db8::77", "temporary": True}
    by_hand = {"local": "2001:db8::5", "prefixlen": 64}
    expect = {"interface": "eth0", "prefix": "2001:db8::/64"}

    def answer(*infos):
        return {"json": [{"ifname": "eth0", "addr_info": list(infos)}]}

    assert outcome("addr.slaac", expect, h1, answer(made)) is PASSED
    assert outcome("addr.slaac", expect, h1, answer(by_hand)) is FAILED
    assert outcome("addr.slaac", expect, h1, answer()) is FAILED
    assert outcome("addr.slaac", {**expect, "temporary": True}, h1, answer(made)) is FAILED
    assert outcome("addr.slaac", {**expect, "temporary": True}, h1, answer(made, temporary)) is PASSED
    assert outcome("addr.slaac", {**expect, "present": False}, h1, answer(by_hand)) is PASSED


def test_a_neighbour_is_known_when_it_has_a_link_layer_address(r1, ip):
    answer = ip("neigh-r1")
    assert outcome("nd.neighbor", {"address": "2001:db8:0:a1::10"}, r1, answer) is PASSED
    assert outcome("nd.neighbor", {"address": "2001:db8:0:a1::10", "interface": "eth3"}, r1, answer) is FAILED
    state = {"address": "2001:db8:0:a1::10", "state": {"in": ["REACHABLE", "DELAY"]}}
    assert outcome("nd.neighbor", state, r1, answer) is PASSED
    assert outcome("nd.neighbor", {"address": "2001:db8::9"}, r1, answer) is FAILED
    assert outcome("nd.neighbor", {"address": "2001:db8::9", "present": False}, r1, answer) is PASSED
    failed = {"json": [{"dst": "2001:db8::9", "dev": "eth0", "state": ["FAILED"]}]}
    assert outcome("nd.neighbor", {"address": "2001:db8::9"}, r1, failed) is FAILED


ADVERTISEMENT = {
    "source": "fe80::1", "hop_limit": 64, "managed": False, "other": True, "preference": "high", "lifetime": 1800, "mtu": 1480,
    "prefixes": [{"prefix": "2001:db8::", "length": 64, "on_link": True, "autonomous": True, "valid": 1, "preferred": 1}],
    "rdnss": ["2001:db8::53"],
}  # fmt: skip


def test_an_advertisement_is_read_field_by_field(h1):
    answer = {"advertisements": [ADVERTISEMENT]}
    good = {"interface": "eth0", "other": True, "managed": False, "lifetime": ">0", "preference": "high", "mtu": 1480,
            "prefixes": {"exact": ["2001:DB8::/64"]}, "autonomous": True, "rdnss": ["2001:db8::53"], "hop_limit": 64}  # fmt: skip
    assert outcome("ra.content", good, h1, answer) is PASSED
    finding = judge("ra.content", good | {"managed": True, "lifetime": 0}, h1, answer)
    assert finding.outcome is FAILED
    assert str(finding.cause) == "Not as expected: lifetime, managed"
    said = "fe80::1 lifetime 1800, preference high, prefixes 2001:db8::/64, rdnss 2001:db8::53, other true"
    assert str(finding.seen) == f"Received: {said}"
    assert outcome("ra.content", {"interface": "eth0", "source": "fe80::2"}, h1, answer) is FAILED
    assert outcome("ra.content", {"interface": "eth0", "source": "fe80::2", "present": False}, h1, answer) is PASSED
    assert outcome("ra.content", {"interface": "eth0"}, h1, {"advertisements": []}) is FAILED
    assert outcome("ra.content", {"interface": "eth0", "present": False}, h1, answer) is FAILED


def test_a_route_is_what_the_kernel_has(r1, ip):
    answer = ip("route6-r1")
    prefix = {"prefix": "2001:db8:0:a3::/64"}
    assert outcome("fib.route", {**prefix, "dev": {"exact": ["eth3"]}, "protocol": "ospf"}, r1, answer) is PASSED
    finding = judge("fib.route", {**prefix, "dev": ["eth2"], "metric": "<10"}, r1, answer)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: dev, metric")
    assert outcome("fib.route", {**prefix, "present": False}, r1, answer) is FAILED
    assert outcome("fib.route", {"prefix": "2001:db8:0:ff::2/128"}, r1, answer) is PASSED
    assert outcome("fib.route", {"prefix": "2001:db8:9::/48"}, r1, answer) is FAILED
    assert outcome("fib.route", {"prefix": "2001:db8:9::/48", "present": False}, r1, answer) is PASSED
    two = {
        "json": [
            {
                "dst": "2001:db8::/32",
                "nexthops": [{"gateway": "fe80::1", "dev": "a"}, {"gateway": "fe80::2", "dev": "b"}],
            }
        ]
    }
    assert outcome("fib.route", {"prefix": "2001:db8::/32", "via": {"count": 2}, "dev": ["b"]}, r1, two) is PASSED


def test_a_default_route_is_a_route(h1, ip):
    assert outcome("fib.default", {"via": ["2001:db8:0:a1::1"]}, h1, ip("route6-h1")) is PASSED
    assert outcome("fib.default", {"via": ["2001:db8:0:a1::2"]}, h1, ip("route6-h1")) is FAILED
    four = {"json": [{"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "protocol": "static"}]}
    assert outcome("fib.default", {"family": "ipv4", "via": ["192.0.2.1"]}, h1, four) is PASSED


def test_a_route_by_hand_is_found_though_ip_names_no_protocol_for_it(h1, r1, ip):
    assert outcome("fib.no_static", {}, r1, ip("route6-r1")) is PASSED
    finding = judge("fib.no_static", {}, h1, ip("route6-h1"))
    assert finding.outcome is FAILED
    assert "::/0" in str(finding.seen)
    assert outcome("fib.no_static", {"prefixes": ["2001:db8::/32"]}, h1, ip("route6-h1")) is PASSED
    frr = {"json": [{"dst": "2001:db8:5::/48", "gateway": "fe80::1", "dev": "eth0", "protocol": "196"}]}
    assert outcome("fib.no_static", {"prefixes": ["2001:db8::/32"]}, r1, frr) is FAILED


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_an_ospf_neighbour_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("ospf6-neighbor")) if kind == "frr" else (b1, bird("ospf-neighbors"))
    router, interface = ("2.2.2.2", "eth0") if kind == "frr" else ("10.0.0.1", "eth1")
    assert outcome("ospf6.neighbor", {"interface": interface, "router_id": router}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"count": 1}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"interface": "eth7"}, node, answer) is FAILED
    assert outcome("ospf6.neighbor", {"interface": "eth7", "present": False}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"state": {"in": ["2-Way", "Full"]}}, node, answer) is PASSED


def test_a_stuck_neighbour_has_its_own_likely_cause(r1):
    table = {"neighbors": [{"neighborId": "2.2.2.2", "state": "ExStart", "interfaceName": "eth0"}]}
    finding = judge("ospf6.neighbor", {"interface": "eth0"}, r1, {"outputs": [json.dumps(table)]})
    assert finding.outcome is FAILED
    assert "MTU" in str(finding.cause)
    assert finding.command == "vtysh -c 'show ipv6 ospf6 neighbor'"


def test_ospf_that_is_not_configured_says_nothing(r1):
    finding = judge("ospf6.neighbor", {}, r1, {"outputs": [""]})
    assert finding.outcome is FAILED
    assert str(finding.cause) == "The protocol is not configured on r1."


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_an_ospf_interface_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("ospf6-interface")) if kind == "frr" else (b1, bird("ospf-interface"))
    name = "eth0" if kind == "frr" else "eth1"
    good = {
        "interface": name,
        "area": 0,
        "cost": 10,
        "type": "point-to-point",
        "hello": 1,
        "dead": "<=4",
        "passive": False,
    }
    assert outcome("ospf6.interface", good, node, answer) is PASSED
    finding = judge("ospf6.interface", good | {"area": "0.0.0.1", "cost": ">10"}, node, answer)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: area, cost")
    assert outcome("ospf6.interface", {"interface": "eth7"}, node, answer) is FAILED


def test_the_labs_passive_interface_is_passive(r1, vty):
    expect = {"interface": "eth0", "area": 0, "passive": True}
    assert outcome("ospf6.interface", expect, r1, vty("ospf6-interface-lab")) is PASSED
    assert outcome("ospf6.interface", expect | {"interface": "eth2"}, r1, vty("ospf6-interface-lab")) is FAILED


def test_of_two_ospf_routes_to_a_prefix_the_best_counts(r1, vty):
    answer = vty("ospf6-route-detail")
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:ff::3/128", "type": "intra"}, r1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64", "cost": 15, "dev": ["eth3"]}, r1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64", "cost": "<15"}, r1, answer) is FAILED
    finding = judge("ospf6.route", {"prefix": "2001:db8:9::/64"}, r1, answer)
    assert (finding.outcome, "does not advertise" in str(finding.cause)) == (FAILED, True)
    path = {"pathType": "Intra-Area", "nextHops": [{"interfaceName": "eth1"}]}
    best, other = (
        json.dumps(path | {"flags": "BA--", "metricCost": 5}),
        json.dumps(path | {"flags": "-A--", "metricCost": 9}),
    )
    twice = {"outputs": [f'{{"routes": {{"2001:db8::/64": {best}, "2001:db8::/64": {other}}}}}']}
    assert outcome("ospf6.route", {"prefix": "2001:db8::/64", "cost": 5}, r1, twice) is PASSED


def test_bird_knows_ospf_routes_too(b1, bird):
    answer = bird("ospf-route-all")
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a1::/64", "cost": 20, "dev": ["eth1"]}, b1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64"}, b1, answer) is FAILED


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_a_bgp_session_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("bgp-summary")) if kind == "frr" else (b1, bird("protocols-all"))
    peer, received = ("2001:db8:0:1::2", 3) if kind == "frr" else ("2001:db8:1::2", 2)
    good = {"peer": peer, "remote_as": 65002, "received": received, "sent": ">=1"}
    assert outcome("bgp.session", good, node, answer) is PASSED
    assert outcome("bgp.session", good | {"remote_as": 65003}, node, answer) is FAILED
    assert outcome("bgp.session", {"peer": "2001:db8::99"}, node, answer) is FAILED
    assert outcome("bgp.session", {"peer": "2001:db8::99", "present": False}, node, answer) is PASSED


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_a_bgp_route_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("bgp-route")) if kind == "frr" else (b1, bird("route-all"))
    local_pref = 200 if kind == "frr" else 100
    good = {"prefix": "2001:db8:a::/48", "best": True, "as_path": "65002", "origin_as": 65002, "local_pref": local_pref, "med": 0,
            "community": ["65002:100"], "large_community": {"exact": ["65002:1:2"]}, "next_hop": {"count": ">0"}}  # fmt: skip
    assert outcome("bgp.route", good, node, answer) is PASSED
    finding = judge(
        "bgp.route", good | {"as_path": {"regex": "^65003"}, "community": {"none": ["65002:100"]}}, node, answer
    )
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: as_path, community")
    assert outcome("bgp.route", {"prefix": "2001:db8:a::/48", "present": False}, node, answer) is FAILED


def test_a_bgp_route_that_is_not_there(r1, b1):
    for node, answer in (
        (r1, {"outputs": ["{}"]}),
        (r1, {"outputs": ["% Network not in table\n"]}),
        (b1, {"output": "Network not found"}),
    ):
        assert outcome("bgp.route", {"prefix": "2001:db8:a::/48"}, node, answer) is FAILED
        assert outcome("bgp.route", {"prefix": "2001:db8:a::/48", "present": False}, node, answer) is PASSED


def test_ping_counts_answers(h1):
    expect = {"to": "2001:db8::1", "count": 3}
    assert outcome("ping", expect, h1, {"sent": 3, "received": 1, "errors": []}) is PASSED
    assert outcome("ping", expect | {"received": 3}, h1, {"sent": 3, "received": 1, "errors": []}) is FAILED
    finding = judge("ping", expect, h1, {"sent": 0, "received": 0, "errors": ["Network is unreachable"]})
    assert (finding.outcome, "Network is unreachable" in str(finding.seen)) == (FAILED, True)
    assert outcome("ping", expect, h1, {}) is UNKNOWN
    cheat = judge("ping", expect, h1, {"sent": 3, "received": 3, "errors": [], "local": True})
    assert cheat.outcome is FAILED
    assert "an address of h1 itself" in str(cheat.seen)
    faked = judge("ping", expect | {"at": "h2"}, h1, {"sent": 3, "received": 3, "errors": [], "arrived": 0})
    assert (faked.outcome, "no request arrived at h2" in str(faked.seen)) == (FAILED, True)
    assert outcome("ping", expect | {"at": "h2"}, h1, {"sent": 3, "received": 3, "errors": [], "arrived": 3}) is PASSED
    assert outcome("ping", expect | {"present": False}, h1, {"sent": 3, "received": 0}) is PASSED
    assert TYPES["ping"].parse(expect | {"source": "2001:db8::9"}).asks([h1])[0]["source"] == "2001:db8::9"


FLOW = {"to": "h2", "address": "2001:db8::2", "protocol": "tcp", "port": 22}


def test_a_flow_gets_through_or_not(h1):
    assert outcome("flow.allow", FLOW, h1, {"arrived": True}) is PASSED
    assert outcome("flow.allow", FLOW, h1, {"arrived": False, "error": "timed out"}) is FAILED
    assert outcome("flow.allow", FLOW, h1, {"arrived": "yes"}) is UNKNOWN


def test_a_blocked_flow_proves_nothing_without_its_control(h1):
    expect = FLOW | {"control": {"port": 80, "from": "h3"}}
    yes, no = {"arrived": True}, {"arrived": False}
    assert outcome("flow.block", expect, h1, no, yes) is PASSED
    assert outcome("flow.block", expect, h1, yes, yes) is FAILED
    finding = judge("flow.block", expect, h1, no, no)
    assert (finding.outcome, "Nothing arrives, not even the allowed flow" in str(finding.seen)) == (FAILED, True)
    control = TYPES["flow.block"].parse(expect).asks([h1])[1]
    assert (control["node"], control["port"], control["to"]) == ("h3", 80, "h2")
    for bad in (FLOW, FLOW | {"control": {}}, FLOW | {"control": {"port": 22}}):
        with pytest.raises(BadExpect):
            TYPES["flow.block"].parse(bad)


def test_a_sysctl_has_its_value_now(r1):
    expect = {"key": "net.ipv6.conf.all.forwarding", "value": 1}
    assert outcome("sysctl.value", expect, r1, {"value": "1\n"}) is PASSED
    assert outcome("sysctl.value", expect, r1, {"value": "0"}) is FAILED
    assert outcome("sysctl.value", expect | {"value": {"in": [1, 2]}}, r1, {"value": "2"}) is PASSED
    with pytest.raises(BadExpect):
        TYPES["sysctl.value"].parse({"key": "kernel.panic", "value": 1})


def test_a_file_holds_what_it_should(r1):
    file = {"exists": True, "text": "router ospf6\n  ospf6 router-id 1.1.1.1\n", "truncated": False}
    expect = {"path": "/etc/frr/frr.conf"}
    assert (
        outcome("file.content", expect | {"contains": ["router ospf6"], "regex": "router-id 1[.]"}, r1, file) is PASSED
    )
    finding = judge("file.content", expect | {"contains": ["router bgp"]}, r1, file)
    assert (finding.outcome, "write memory" in str(finding.cause)) == (FAILED, True)
    assert outcome("file.content", expect | {"absent": ["router ospf6"]}, r1, file) is FAILED
    assert outcome("file.content", expect, r1, {"exists": False}) is FAILED
    assert outcome("file.content", expect | {"present": False}, r1, {"exists": False}) is PASSED
    for bad in (
        {"path": "etc/passwd"},
        {"path": "/etc/../x"},
        expect | {"regex": "("},
        expect | {"present": False, "regex": "x"},
    ):
        with pytest.raises(BadExpect):
            TYPES["file.content"].parse(bad)


def test_failover_may_ask_for_the_way_too(h1):
    ping, expect = {"sent": 2, "received": 2}, {"to": "2001:db8::1", "via": "2001:db8::7"}
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6", None, "2001:db8::7"]}) is PASSED
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6"]}) is FAILED
    assert outcome("path.failover", {"to": "2001:db8::1"}, h1, {"sent": 2, "received": 0}) is FAILED


def test_a_check_on_several_nodes_must_hold_on_each(r1):
    other = Node(name="r2", kind=Kind.FRR)
    check = TYPES["sysctl.value"].parse({"key": "net.ipv6.conf.all.forwarding", "value": 1})
    good, bad, broken = (
        {"ok": True, "value": "1"},
        {"ok": True, "value": "0"},
        {"ok": False, "kind": "timeout", "error": "late"},
    )
    assert check.judge([r1, other], [good, good]).outcome is PASSED
    finding = check.judge([r1, other], [good, bad])
    assert (finding.outcome, finding.node) == (FAILED, "r2")
    assert check.judge([r1, other], [broken, bad]).outcome is FAILED
    assert check.judge([r1, other], [broken, good]).outcome is UNKNOWN


def test_a_node_that_says_no_fails_and_one_we_cannot_ask_is_unknown(r1):
    check = TYPES["ospf6.neighbor"].parse({})
    refused = check.judge([r1], [{"ok": False, "kind": "refused", "error": "ospf6d is not running."}])
    assert refused.outcome is FAILED
    assert str(refused.seen) == "r1 answered: ospf6d is not running."
    flooded = check.judge([r1], [{"ok": False, "kind": "too_big", "error": "More than 524288 bytes came back."}])
    assert flooded.outcome is FAILED
    for kind in ("unreachable", "timeout", "something new"):
        unknown = check.judge([r1], [{"ok": False, "kind": kind, "error": "no"}])
        assert unknown.outcome is UNKNOWN
    absent = TYPES["bgp.route"].parse({"prefix": "2001:db8::/32", "present": False})
    assert absent.judge([r1], [{"ok": False, "kind": "refused", "error": "bgpd is not running."}]).outcome is FAILED


def test_a_text_keeps_its_sentence_apart_and_is_bounded():
    text = Text("%(node)s has %(count)s routes", node="r\x00\x1b[31m1\ud800", count=5)
    assert str(text) == "r[31m1 has 5 routes"
    assert Text.from_json(json.loads(json.dumps(text.as_json()))) == text
    assert len(str(Text.plain("x" * 10_000))) == 400
    assert str(Text.plain("100 % sure")) == "100 % sure"


@pytest.mark.parametrize(
    ("how", "words"),
    [("subset", "a, b"), ("exact", "exactly a, b"), ("none", "without a, b"), ("superset", "only a, b")],
)
def test_a_wanted_set_is_said_in_words(how, words):
    assert str(SetOf(how, ("a", "b"), str)) == words


@pytest.mark.parametrize(
    ("prefix", "address"),
    [  # RFC 6052, 2.4
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ],
)
def test_an_ipv4_address_stands_in_an_ipv6_one(prefix, address):
    assert embedded(IPv6Network(prefix), IPv4Address("192.0.2.33")) == IPv6Address(address)


def test_a_clat_is_judged_on_a_host_that_has_no_other_ipv4():
    host = Node(name="h1", kind=Kind.HOST)
    expect = {"to": "h2", "address": "192.0.2.2", "protocol": "tcp", "port": 80, "interface": "clat"}
    check = TYPES["clat.flow"].parse({**expect, "source": "198.51.100.0/24"})

    def judged(*held):
        links = [{"ifname": name, "addr_info": [{"local": ip, "prefixlen": 32}]} for name, ip in held]
        flow = {"ok": True, "arrived": True, "source": "198.51.100.7"}
        return check.judge([host], [flow, {"ok": True, "json": links}])

    assert judged(("lo", "127.0.0.1"), ("clat", "192.0.0.1")).outcome is PASSED
    assert str(judged(("clat", "192.0.0.1"), ("eth0", "10.0.0.9")).seen) == "h1 has IPv4 on eth0"
    assert str(judged(("lo", "127.0.0.1")).seen) == "clat of h1 has no IPv4 address"


@pytest.mark.parametrize(
    ("expect", "word"),
    [
        ({"address": "2001:db8::1"}, "address must be IPv4"),
        ({"source": "2001:db8::/64"}, "source must be IPv4"),
        ({"prefix": "64:ff9b::/80"}, "one of the lengths"),
    ],
)
def test_what_a_nat64_cannot_translate_is_told_to_the_author(expect, word):
    good = {"to": "h2", "address": "192.0.2.2", "protocol": "tcp", "port": 80, "source": "198.51.100.0/24"}
    TYPES["nat64.flow"].parse({**good, "prefix": "64:ff9b::/96"})
    with pytest.raises(BadExpect, match=word):
        TYPES["nat64.flow"].parse({**good, "prefix": "64:ff9b::/96", **expect})


GERMAN = {
    "a route to %(prefix)s %(fields)s": "eine Route nach %(prefix)s %(fields)s",
    "an OSPF route with %(what)s": "eine OSPF-Route mit %(what)s",
    "these programs run: %(names)s": "diese Programme laufen: %(names)s",
    "exactly %(values)s": "genau %(values)s",
    "without %(values)s": "ohne %(values)s",
    "only %(values)s": "nur %(values)s",
    "none": "keine",
    "each of them: %(want)s": "jedes %(want)s",
    "one of them: %(want)s": "eines %(want)s",
    "number: %(want)s": "Anzahl %(want)s",
}


@pytest.mark.parametrize(
    ("name", "expect", "words"),
    [
        (
            "fib.route",
            {"prefix": "2001:db8::/32", "dev": {"exact": ["eth0", "eth1"]}, "via": {"none": ["fe80::1"]}},
            "eine Route nach 2001:db8::/32 via ohne fe80::1, dev genau eth0, eth1",
        ),
        (
            "ospf.route",
            {"prefix": "10.0.0.0/8", "dev": {"superset": ["eth0"]}},
            "mit prefix 10.0.0.0/8, dev nur",
        ),
        ("ospf.route", {"prefix": "10.0.0.0/8", "dev": {"exact": []}}, "dev keine"),
        ("process.running", {"names": {"any": {"regex": "^b"}}}, "diese Programme laufen: eines /^b/"),
        ("process.running", {"names": {"all": {"ne": "bgpd"}}}, "diese Programme laufen: jedes ≠ bgpd"),
        ("process.running", {"names": {"count": ">2"}}, "diese Programme laufen: Anzahl > 2"),
    ],
)
def test_what_is_wanted_of_a_set_is_translated_within_its_sentence(name, expect, words):
    expected = Text.from_json(json.loads(json.dumps(TYPES[name].parse(expect).expected().as_json())))
    assert words in expected.in_words(lambda sentence: GERMAN.get(sentence, sentence))
