"""The policy that is named for a route that a neighbour has and this router lacks."""

import json

import pytest

from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis
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


def named(policies, lists="", path="65009"):
    """The cause where r2 has the route with this AS path, r1 does not, and each has its policy."""

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
            route = {"prefix": PREFIX, "paths": [{"aspath": {"string": path}}]} if ask["node"] == "r2" else {}
            return {"ok": True, "outputs": [config if "running" in ask["commands"][0] else json.dumps(route)]}
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
    assert f"on {node} denies the route, whose AS path there is “{seen}”" in text


def test_an_as_path_list_that_permits_the_route_is_not_named():
    policies = {"r1": "neighbor 2001:db8:12::2 filter-list OWN in"}
    assert named(policies, "bgp as-path access-list OWN seq 5 permit ^65002_")[0] == ""


def test_a_route_map_that_matches_as_paths_is_followed():
    entries = ("route-map IN deny 5", " match as-path BAD", "exit", "route-map IN permit 10", "exit")
    lists = "\n".join(("bgp as-path access-list BAD seq 5 permit _65009$", *entries))
    assert named({"r1": "neighbor 2001:db8:12::2 route-map IN in"}, lists)[0] == "bgp-denied"
