"""The routing tables tell where packets get lost. What they do not tell counts as arrival."""

from ipaddress import ip_address

import pytest

from labs.engine.grading.routing_tables import RoutingTables

R1, R2, R3 = map(ip_address, ("2001:db8::1", "2001:db8::2", "2001:db8::3"))
OWNERS = {R1: {"r1"}, R2: {"r2"}, R3: {"r3"}}
FAR = ip_address("2001:db8:f::4")
BLACKHOLE = {"type": "blackhole", "dst": "2001:db8::/32", "dev": "lo", "metric": 20}
KERNELS_OWN = [{"priority": 0, "src": "all", "table": "local"}, {"priority": 32766, "src": "all", "table": "main"}]


def via(gateway, dst="2001:db8::/32", **more):
    return {"dst": dst, "gateway": str(gateway), "dev": "eth0", "metric": 20, **more}


def arrives(rules=(), **tables):
    answers = {(node, "routes 6"): {"ok": True, "json": tables.get(node, [])} for node in ("r1", "r2", "r3")}
    answers |= {(node, "rules 6"): {"ok": True, "json": [*KERNELS_OWN, *rules]} for node in ("r1", "r2", "r3")}
    return RoutingTables(answers, OWNERS).may_arrive("r1", FAR)


ON_LINK = {"dst": "2001:db8:f::/64", "dev": "eth1", "metric": 256}
HOST = "2001:db8:f::4/128"
LOST = {
    "no route": {},
    "another route": {"r1": [via(R2, dst="2001:db8:1::/48")]},
    "dropped at once": {"r1": [BLACKHOLE]},
    "dropped on the way, by an aggregate": {"r1": [via(R2)], "r2": [BLACKHOLE]},
    "no route on the way": {"r1": [via(R2)], "r2": [via(R3)]},
    "a circle": {"r1": [via(R2)], "r2": [via(R1)]},
    "a longer prefix is dropped": {"r1": [via(R2, dst="default"), BLACKHOLE], "r2": [ON_LINK]},
    "a lower metric is dropped": {"r1": [via(R2, metric=30), BLACKHOLE], "r2": [ON_LINK]},
    "a way in a table that nothing uses": {"r1": [BLACKHOLE, ON_LINK | {"table": "77"}]},
    "both ways": {"r1": [via(R2), via(R3)], "r2": [BLACKHOLE]},
}
ARRIVE = {
    "its own address": {"r1": [{"type": "local", "dst": "2001:db8:f::4", "dev": "lo", "table": "local"}]},
    "on the link": {"r1": [ON_LINK, BLACKHOLE]},
    "on the next link": {"r1": [via(R2)], "r2": [ON_LINK]},
    "a longer prefix leads there": {"r1": [via(R2), via(R3, dst=HOST)], "r2": [BLACKHOLE], "r3": [ON_LINK]},
    "one of two ways": {"r1": [via(R2), via(R3)], "r2": [BLACKHOLE], "r3": [ON_LINK]},
    "one of two next hops": {
        "r1": [{"dst": HOST, "nexthops": [{"gateway": str(R2), "dev": "eth0"}, {"gateway": str(R3), "dev": "eth1"}]}],
        "r3": [ON_LINK],
    },
    "one next hop on the link": {"r1": [{"dst": HOST, "nexthops": [{"gateway": str(R2), "dev": "a"}, {"dev": "b"}]}]},
    "a gateway that is no node": {"r1": [via("2001:db8::99")]},
    "labels on the way": {"r1": [via(R2, encap="mpls")], "r2": [BLACKHOLE]},
}


@pytest.mark.parametrize("tables", LOST.values(), ids=LOST)
def test_packets_get_lost(tables):
    assert not arrives(**tables)


@pytest.mark.parametrize("tables", ARRIVE.values(), ids=ARRIVE)
def test_packets_may_arrive(tables):
    assert arrives(**tables)


@pytest.mark.parametrize("rule", [{"table": "77", "src": "all"}, {"table": "main", "src": "2001:db8:9::"}])
def test_where_somebody_has_added_rules_each_table_may_lead_there(rule):
    tables = {"r1": [BLACKHOLE, ON_LINK | {"table": "77"}]}
    assert not arrives(**tables)
    assert arrives(rules=[{"priority": 1000, **rule}], **tables)
    assert not arrives(rules=[{"priority": 1000, **rule}], r1=[BLACKHOLE])
