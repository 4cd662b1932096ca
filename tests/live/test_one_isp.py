"""The class lab one-isp on a real engine: all seats solved, seats that do harm, a limit that trips, and bots at half of the seats.

A seat that does harm loses checks of its own. No check of another seat, and no shared one, may fail.
"""

from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Kind
from labs.engine.grading.grading import grade
from labs.engine.runtime.convergence import wait_before_grading
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.engine.runtime.shell import Shell, type_lines, type_solution
from labs.engine.shared import pace

pytestmark = pytest.mark.live
LAB = load_lab(Path(parse.__file__).parents[2] / "catalog/one-isp")
SEAT_OF = {check.id: check.seat for check in LAB.checks()}
# Each cut takes some seconds, so only two seats have theirs in most tests: the one that does harm, and one that it is done to
WITH_TWO_CUTS = SEAT_OF.keys() - {f"cut-{seat.number}" for seat in LAB.seats if seat.number not in (3, 5)}
SETTLE = 8.0  # seconds for a mistake to spread, before the network is graded

# Each is typed on r3. Nothing in it is about another seat's router, and all of it is about another seat's network
HARM = {
    "another PoP's loopback, and a reflector's, as near as can be": [
        "vtysh -c 'configure terminal' -c 'interface lo' -c 'ipv6 address 2001:db8:f::5/128' -c 'ip address 192.0.2.5/32'"
        " -c 'ipv6 address 2001:db8:f::11/128' -c 'ip address 192.0.2.11/32'",
        "vtysh -c 'configure terminal' -c 'interface eth1' -c 'isis metric 1' -c 'interface eth2' -c 'isis metric 1'",
    ],
    "another PoP's loopback, and links that come up again": [
        "vtysh -c 'configure terminal' -c 'interface lo' -c 'ipv6 address 2001:db8:f::5/128' -c 'ip address 192.0.2.5/32'"
        " -c 'interface eth1' -c 'isis metric 1' -c 'interface eth2' -c 'isis metric 1'",
        "sleep 5; ip link set eth1 down; ip link set eth2 down; sleep 1; ip link set eth1 up; ip link set eth2 up",
    ],
    "a default route and parts of others' networks, in IS-IS": [
        "vtysh -c 'configure terminal' -c 'ipv6 route 2001:db8:505::/64 blackhole' -c 'ip route 203.0.113.88/29 blackhole'"
        " -c 'ipv6 route 2001:db8:501::10/128 blackhole' -c 'ipv6 route 3fff:a00::80/128 blackhole'",
        "vtysh -c 'configure terminal' -c 'router isis CORE' -c 'redistribute ipv6 static level-2 metric 0'"
        " -c 'redistribute ipv4 static level-2 metric 0' -c 'default-information originate ipv6 level-2 always metric 0'"
        " -c 'default-information originate ipv4 level-2 always metric 0'",
    ],
    "everything to the reflectors, with another PoP as the next hop": [
        "vtysh -c 'configure terminal' -c 'ipv6 route 3fff:500:500::/40 blackhole' -c 'ipv6 route 2001:db8:501::/48 blackhole'"
        " -c 'ipv6 route ::/0 blackhole' -c 'route-map ALL permit 10' -c 'set ipv6 next-hop global 2001:db8:f::5'",
        "vtysh -c 'configure terminal' -c 'router bgp 64500' -c 'address-family ipv6 unicast' -c 'redistribute static'"
        " -c 'neighbor RR6 route-map ALL out'",
    ],
    "the system ID of another PoP": [
        "vtysh -c 'configure terminal' -c 'router isis CORE' -c 'no net 49.0001.1920.0000.2003.00'"
        " -c 'net 49.0001.1920.0000.2005.00'",
    ],
    "no password any more": [
        "vtysh -c 'configure terminal' -c 'router isis CORE' -c 'no domain-password' -c 'interface eth1' -c 'no isis password'"
        " -c 'interface eth2' -c 'no isis password'",
        "ip link set eth1 down; ip link set eth2 down; ip link set eth1 up; ip link set eth2 up",
    ],
}


@pytest.fixture(scope="module")
def isp(runner):
    """The ISP, running and solved at each seat."""
    with runner.running(LAB) as client:
        type_solution(client, LAB)
        yield client


def failing(client, checks=WITH_TWO_CUTS):
    """Return the checks that do not pass after the network had time to converge, each with what it saw, by seat."""
    wait_before_grading(LAB, client, least=pace.seconds(SETTLE))
    verdicts = grade(LAB, client, attempt=True, checks=checks)
    found = {}
    for verdict in verdicts:
        if verdict.outcome != "passed":
            found.setdefault(SEAT_OF[verdict.check] or "all", {})[verdict.check] = verdict.seen
    return found


def begin_again(client, *nodes, solved=True):
    for node in nodes:
        client.reset(node, seconds=pace.seconds(60.0), on_step=lambda step, seconds: None)
    if solved:
        type_lines(client, {node: typed(LAB)[node] for node in nodes})


def test_with_each_seat_solved_every_check_passes(isp):
    assert failing(isp, set(SEAT_OF)) == {}


@pytest.mark.parametrize("what", HARM)
def test_a_seat_that_does_harm_loses_its_own_checks_and_nobody_elses(isp, what):
    type_lines(isp, {"r3": HARM[what]})
    found = failing(isp)
    begin_again(isp, "r3")
    assert found.pop("pop3")
    assert found == {}


def test_no_session_of_a_seat_closes_when_all_seats_send_too_much(isp):
    """As in the stage of iBGP, where nobody has an export policy yet. With force, FRR 10.3 counts all of it for each session."""
    export = "-c 'address-family ipv{0} unicast' -c '{1}neighbor RR{0} route-map TO-RR{0} out' -c exit"
    lines = {
        prefix: f"vtysh -c 'configure terminal' -c 'router bgp 64500' {export.format(4, prefix)} {export.format(6, prefix)}"
        for prefix in ("no ", "")
    }
    routers = [node for seat in LAB.seats for node in seat.nodes]
    type_lines(isp, {node: [lines["no "]] for node in routers})
    closed = failing(isp, {check for check in SEAT_OF if check.startswith(("session", "users", "world"))})
    sent = failing(isp, {check for check in SEAT_OF if check.startswith("clean")})
    type_lines(isp, {node: [lines[""]] for node in routers})
    assert closed == {}
    assert sent.keys() == {seat.id for seat in LAB.seats}, "the reflectors drop what each of them sends"


def test_too_many_prefixes_of_a_customer_close_one_session(isp):
    type_lines(isp, {"c3": ["birdc enable flood6"]})
    found = failing(isp)
    type_lines(isp, {"c3": ["birdc disable flood6"]})
    type_lines(isp, {"r3": ["vtysh -c 'clear bgp ipv6 unicast 2001:db8:f:c3::b'"]})
    assert "world6-3" in found.pop("pop3")
    assert found == {}
    assert failing(isp) == {}, "after all harm, each seat is as before"


def test_six_people_and_their_instructor_have_memory_for_four_terminals_on_each_node(isp, runner):
    shells = [node for node in LAB.nodes.values() if node.has_shell]
    with ExitStack() as stack:
        for node, terminal in product(shells, "abcd"):
            shell = stack.enter_context(Shell(isp, node.name, terminal))
            shell.type("vtysh" if node.kind is Kind.FRR else "birdc")
        used = runner.engine.usage(isp.session).memory
    assert used >> 20 < 0.8 * memory_limit_mb(LAB, used), "a fifth is left for captures and files"


def test_with_bots_at_half_of_the_seats_the_others_are_still_to_do(isp):
    empty = {seat.id: seat.nodes for seat in LAB.seats if seat.number % 2 == 0}
    begin_again(isp, *(node for nodes in empty.values() for node in nodes), solved=False)
    found = failing(isp)
    for seat in empty:
        assert {check for check in WITH_TWO_CUTS if SEAT_OF[check] == seat} <= found.pop(seat).keys()
    assert found == {}
