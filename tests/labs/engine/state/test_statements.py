"""The statements of a configuration by what they concern."""

from labs.engine.state import statements
from labs.engine.state.facts import Section

LISTS = (
    "router bgp 65001",
    "route-map IN permit 10",
    "ipv6 prefix-list OWN seq 5 permit 2001:db8:1::/48",
    "ipv6 prefix-list OTHER seq 5 permit any",
)
NEIGHBORS = (
    "neighbor 2001:db8::2 remote-as 65002",
    "neighbor 2001:db8::9 remote-as 65009",
    "neighbor GROUP password secret",
    "neighbor 2001:db8::2 peer-group GROUP",
)
FRR = {
    "": "\n".join(LISTS),
    "router bgp 65001": "\n".join(NEIGHBORS),
    "router bgp 65001 / address-family ipv6 unicast": "neighbor 2001:db8::2 route-map IN in",
    "route-map IN permit 10": "match ipv6 address prefix-list OWN",
}
PEER = ["2001:db8::2"]


def differing(block, was, now, chooses):
    live = {"r1": {Section.CONFIG: FRR | {block: FRR.get(block, "").replace(was, now)}}}
    model = {"r1": {Section.CONFIG: FRR}}
    return [one.live for one in statements.concerning(live, model, "r1", chooses(live, model, "r1", PEER))]


def test_a_policy_has_what_the_neighbour_names_and_what_this_names_in_turn():
    assert differing("", "2001:db8:1::/48", "2001:db8:2::/48", statements.of_policy)
    assert not differing("", "OTHER seq 5 permit any", "OTHER seq 5 deny any", statements.of_policy)


def test_a_session_has_its_neighbour_and_its_group_but_no_policy():
    block = "router bgp 65001"
    assert differing(block, "remote-as 65002", "remote-as 65003", statements.of_session)
    assert differing(block, "secret", "other", statements.of_session)
    assert not differing(block, "65009", "65008", statements.of_session)
    assert not differing(f"{block} / address-family ipv6 unicast", "IN in", "OUT in", statements.of_session)


def test_a_neighbour_of_bird_has_its_own_protocol_only():
    two = {
        "protocol bgp a": "local 2001:db8::1 as 65001\nneighbor 2001:db8::2 as 65002",
        "protocol bgp b": "local 2001:db8::1 as 65001\nneighbor 2001:db8::9 as 65009",
    }
    for block, concerned in (("protocol bgp a", True), ("protocol bgp b", False)):
        live = {"r1": {Section.CONFIG: two | {block: two[block].replace("as 65001", "as 65000")}}}
        model = {"r1": {Section.CONFIG: two}}
        chooses = statements.of_session(live, model, "r1", PEER)
        assert bool(statements.concerning(live, model, "r1", chooses)) is concerned


def test_of_a_block_that_is_missing_only_the_head_is_told():
    block = "router isis CORE"
    model = {
        "": block,
        block: "net 49.0001.0000.0000.0001.00\nis-type level-2-only",
        "interface eth0": "ipv6 router isis CORE",
    }
    states = [{"r1": {Section.CONFIG: config}} for config in ({"interface eth0": ""}, model)]
    found = statements.concerning(*states, "r1", statements.of_igp(["eth0"]))
    assert [one.model for one in found] == [block, "ipv6 router isis CORE"]
