"""Proposals for addresses, settings, advertisements, programs and lines."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.drafting.host_proposals import propose_hosts, propose_lines
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import Section

LAB = """\
id: lan
title: A LAN
summary: A router and a host.
level: beginner
minutes: 10
nodes:
  h1: {kind: host, learner: false}
  r1: {kind: frr}
links:
  - a: {interface: "h1:eth0"}
    b: {interface: "r1:eth0", addresses: ["fe80::1/64"]}
stages:
  - id: only
    title: Only
    checks: [{id: up, type: node.up, title: r1 runs, on: [r1], expect: {}}]
"""

QUICK = "neighbor 2001:db8::2 timers connect 1"  # no check looks for it


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lan"
    (folder / "solution").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "guide.md").write_text("# A LAN\n\n## Only {#only}\n\nText.\n")
    (folder / "solution/r1.sh").write_text("vtysh\nexit\n")
    return load_lab(folder)


def network(node="r1", **sections):
    return Observed({node: {Section[name.upper()]: facts for name, facts in sections.items()}})


def proposed(lab, before, after):
    return [(one.type, one.on, one.expect) for one in propose_hosts(lab, [before, after])]


def test_a_new_address_is_proposed_and_that_no_old_one_is_left(lab):
    before = network(interfaces={"eth0 addresses": "2001:db8:a::2/60", "eth0 up": "yes"})
    after = network(interfaces={"eth0 addresses": "2001:db8:a::2/64", "eth0 up": "yes"})
    assert proposed(lab, before, after) == [
        ("addr.present", "r1", {"interface": "eth0", "addresses": ["2001:db8:a::2/64"]}),
        ("addr.only", "r1", {"interface": "eth0", "addresses": ["2001:db8:a::2/64"], "family": "ipv6"}),
    ]


def test_forwarding_is_proposed_once_and_not_for_each_interface(lab):
    before = network(settings={"net.ipv6.conf.all.forwarding": "0", "net.ipv6.conf.eth0.forwarding": "0"})
    after = network(settings={"net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.eth0.forwarding": "1"})
    assert proposed(lab, before, after) == [("sysctl.value", "r1", {"key": "net.ipv6.conf.all.forwarding", "value": 1})]


def test_the_hosts_of_a_link_are_asked_for_the_advertisement_and_what_they_made_of_it(lab):
    lines = "no ipv6 nd suppress-ra\nipv6 nd rdnss 2001:db8:53::53\nipv6 nd router-preference high"
    before = network(config={"interface eth0": ""}, interfaces={"eth0 addresses": "2001:db8:a::1/64"})
    after = network(config={"interface eth0": lines}, interfaces={"eth0 addresses": "2001:db8:a::1/64"})
    base = {"interface": "eth0", "source": "fe80::1"}
    prefixes = {"prefixes": {"exact": ["2001:db8:a::/64"]}, "autonomous": True, "lifetime": ">0"}
    assert proposed(lab, before, after) == [
        ("ra.content", "h1", base | prefixes),
        ("addr.slaac", "h1", {"interface": "eth0", "prefix": "2001:db8:a::/64"}),
        ("ra.content", "h1", base | {"rdnss": {"exact": ["2001:db8:53::53"]}}),
        ("ra.content", "h1", base | {"preference": "high"}),
        ("fib.default", "h1", {"via": {"exact": ["fe80::1"]}, "preference": "high", "protocol": "ra"}),
    ]


def test_a_program_that_was_started_on_a_host_is_proposed(lab):
    before, after = (
        network("h1", processes={"catatonit": "runs"}),
        network("h1", processes={"catatonit": "runs", "nginx": "runs"}),
    )
    assert proposed(lab, before, after) == [("process.running", "h1", {"names": ["nginx"]})]


def test_a_typed_line_that_nothing_else_notices_is_looked_for_in_its_daemon(lab):
    before = network(config={"router bgp 64500": "bgp router-id 192.0.2.1"})
    after = network(
        config={
            "router bgp 64500": f"bgp router-id 192.0.2.1\nno bgp default ipv4-unicast\n{QUICK}",
            "interface eth0": "ipv6 nd suppress-ra\nipv6 ospf6 cost 5",
        }
    )
    missing = {
        "r1": {
            QUICK,
            "no bgp default ipv4-unicast",
            "ipv6 nd suppress-ra",
            "ipv6 ospf6 cost 5",
            "bgp router-id 192.0.2.1",
        }
    }
    assert [one.expect for one in propose_lines(lab, before, after, missing)] == [
        {"daemon": "bgpd", "lines": ["no bgp default ipv4-unicast"]},
        {"daemon": "mgmtd", "lines": ["ipv6 nd suppress-ra"]},
        {"daemon": "ospf6d", "lines": ["ipv6 ospf6 cost 5"]},
    ]
