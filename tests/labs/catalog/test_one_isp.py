"""The class lab one-isp, as it is read: one plan for all seats, and safeguards in the core that name each seat."""

import ipaddress
import os
import re
import subprocess
from pathlib import Path

import pytest

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/one-isp")
DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("2001:db8::/32", "3fff::/20", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]
PREFIXES = ("users", "users4", "cust", "cust4")
CORES = ("core1", "core2")


def config_of(node):
    """The files of a core router, or of the router of a PoP, as one text."""
    return "\n".join(file.content.decode() for file in LAB.nodes[node].files)


def test_six_seats_are_played_by_bots_and_have_a_hundred_points_each():
    assert LAB.has_bots
    assert [seat.nodes for seat in LAB.seats] == [(f"r{n}",) for n in range(1, 7)]
    for seat in LAB.seats:
        assert sum(check.points for check in LAB.checks() if check.seat in ("", seat.id)) == 100


def test_the_plan_gives_no_address_and_no_prefix_to_two_seats():
    values = [seat.values for seat in LAB.seats]
    nets = [ipaddress.ip_network(str(one[f"seat_{name}"])) for one in values for name in PREFIXES]
    for at, net in enumerate(nets):
        assert any(net.version == known.version and net.subnet_of(known) for known in DOCUMENTATION), net
        assert not any(net.version == other.version and net.overlaps(other) for other in nets[at + 1 :]), net
    starts = [int(one[f"seat_{name}"]) for one in values for name in ("core4", "edge4")]
    assert all(start % 2 == 0 for start in starts), "a /31 begins at an even address"
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("seat", LAB.seats, ids=lambda seat: seat.id)
def test_the_core_accepts_from_a_seat_its_own_prefixes_only(core, seat):
    text, number = config_of(core), seat.number
    for version, family, loopback, names in (
        ("4", "ip", f"192.0.2.{number}", ("users4", "cust4")),
        ("6", "ipv6", f"2001:db8:f::{number}", ("users", "cust")),
    ):
        permitted = re.findall(rf"^{family} prefix-list POP{version}-{number} seq \d+ permit (.+)$", text, re.M)
        assert permitted == [str(seat.values[f"seat_{name}"]) for name in names]
        assert f"match {family} next-hop prefix-list LO{version}-{number}" in text
        assert f"neighbor {loopback} route-map POP{version}-{number} in" in text


@pytest.mark.parametrize("core", CORES)
def test_the_core_filters_what_is_is_says(core):
    text = config_of(core)
    for version, family in (("4", "ip"), ("6", "ipv6")):
        assert f"{family} protocol isis route-map ISIS{version}" in text
        # Without a match of the interface, a route map would believe everybody
        for entry in re.findall(rf"^route-map ISIS{version} permit \d+\n(.*?)^exit", text, re.M | re.S):
            assert "match interface" in entry
            assert "prefix-list" in entry


@pytest.mark.parametrize("core", CORES)
def test_the_core_closes_no_session_of_a_seat_for_what_others_send(core):
    """FRR 10.3 counts the prefixes of all neighbours with the keyword force."""
    assert not re.search(r"maximum-prefix .*\bforce", config_of(core))


@pytest.mark.parametrize("core", CORES)
def test_the_core_sends_no_packets_for_a_customer_back_to_the_upstream(core):
    text = config_of(core)
    dropped = [ipaddress.ip_network(net) for net in re.findall(r"^(?:ip|ipv6) route (\S+) blackhole$", text, re.M)]
    for seat in LAB.seats:
        for name in PREFIXES:
            net = ipaddress.ip_network(str(seat.values[f"seat_{name}"]))
            assert any(net.version == drop.version and net.subnet_of(drop) for drop in dropped), net


def test_the_upstream_prefers_the_core_router_whose_cables_no_check_pulls():
    """Its way to a customer then does not depend on how soon a route on core1 changes."""
    cut = {str(action["link"]) for check in LAB.checks() for action in check.do if "link" in action}
    assert cut == {f"r{seat.number}:eth1" for seat in LAB.seats}, "the cables to core1"
    med = {core: set(re.findall(r"^ set metric (\d+)$", config_of(core), re.M)) for core in CORES}
    assert med == {"core1": {"20"}, "core2": {"10"}}


@pytest.mark.parametrize("seat", LAB.seats, ids=lambda seat: seat.id)
def test_the_import_policy_lets_more_prefixes_pass_than_the_limit_allows(seat):
    """Otherwise the limit could never trip."""
    lines = LAB.solution["customer"][f"r{seat.number}"]
    for pattern, least in (
        (r"ipv6 prefix-list CUST6-IN .* permit \S+/(\d+) le (\d+)", 48),
        (r"ip prefix-list CUST4-IN .* permit \S+/(\d+) le (\d+)", 28),
    ):
        [(length, longest)] = [match.groups() for line in lines if (match := re.fullmatch(pattern, line))]
        assert int(length) == least
        parts = sum(2**more for more in range(int(longest) - int(length) + 1))
        assert all(parts > int(line.split()[-1]) for line in lines if "maximum-prefix" in line)


def test_the_policy_of_a_session_is_typed_before_the_session_is_activated():
    for lines in LAB.solution["customer"].values():
        activated = [at for at, line in enumerate(lines) if line.endswith("activate")]
        for at in activated:
            neighbour = lines[at].split()[1]
            before = " ".join(lines[:at])
            assert f"{neighbour} route-map CUST" in before
            assert f"{neighbour} maximum-prefix" in before


HEARD = "16:52:40.838436 {port}  M   IS-IS, {pdu}, src-id 1920.0000.{last}, length 1497"


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("port", "pdu", "last", "closes"),
    [
        ("p3", "p2p IIH", "2003", False),
        ("p3", "p2p IIH", "2001", True),
        ("p3", "L2 Lan IIH", "2001", True),
        ("p3", "L2 LSP", "2001", False),  # it carries the LSPs of others too
        ("eth9", "p2p IIH", "2012", False),
    ],
)
def test_a_core_router_closes_a_port_with_the_system_id_of_another_seat(core, port, pdu, last, closes, tmp_path):
    [program] = [file for file in LAB.nodes[core].files if str(file.path).endswith("port-guard")]
    line = HEARD.format(port=port, pdu=pdu, last=last)
    typed = tmp_path / "typed"
    for name, text in {"tcpdump": f"echo '{line}'; exec sleep 9", "vtysh": f'echo "$@" >>{typed}'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "port-guard").write_bytes(program.content)
    found = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["timeout", "1", "bash", tmp_path / "port-guard"], env=found, check=False)
    was = typed.read_text() if typed.exists() else ""
    assert was == (f"-c configure terminal -c interface {port} -c isis passive\n" if closes else "")
