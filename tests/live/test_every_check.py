"""Each check type is judged once true and once false in a real network, and a learner who replaces his tools gains nothing."""

import time

import pytest

from labs.engine.checks import TYPES
from labs.engine.grading import grade
from labs.engine.spec import Check, Stage
from tests.judged import BOTH
from tests.live.conftest import make_lab
from tests.live.crossroads import crossroads

pytestmark = pytest.mark.live
CONVERGED = 60  # seconds that the protocols may take on a busy machine


@pytest.fixture(scope="module")
def network(bench):
    with bench.running(crossroads()) as session:
        yield session


def graded(session, checks, **more):
    lab = crossroads()
    stage = Stage(id="all", title="All", checks=tuple(checks))
    lab = make_lab(lab.nodes.values(), lab.links, stages=(stage,))
    return {verdict.check: verdict for verdict in grade(lab, session, attempt=True, **more)}


def check_of(number, side, **more):
    name, on, *expects = BOTH[number]
    return Check(id=f"{number} {name}", type=name, title=name, on=tuple(on.split()), expect=expects[side], **more)


def test_what_is_true_passes(network):
    verdicts = graded(network, [check_of(number, 0, within=CONVERGED) for number in range(len(BOTH))])
    wrong = {name: str(verdict.seen) for name, verdict in verdicts.items() if verdict.outcome != "passed"}
    assert wrong == {}
    assert {name.split()[1] for name in verdicts} == set(TYPES) - {"path.failover"}


def test_what_is_not_true_fails(network):
    checks = [check_of(number, 1) for number, (_name, _on, _true, false) in enumerate(BOTH) if false is not None]
    wrong = {name: str(v.seen) for name, v in graded(network, checks).items() if v.outcome != "failed"}
    assert wrong == {}


FAKE = r"printf '#!/bin/sh\necho All is well\n'"
NOT_HIS_OWN = ("addr.present", "fib.route", "link.state", "bgp.session", "ospf6.neighbor", "service.tcp")


def test_another_ip_or_vtysh_changes_nothing(network, shell_on):
    with_fakes = shell_on(network, "r1")
    for tool in ("/usr/bin/vtysh", "/usr/bin/ip", "/usr/sbin/ip", "/usr/sbin/bridge"):
        with_fakes.type(f"rm -f {tool}; {FAKE} > {tool}; chmod 755 {tool}")
    assert "All is well" in with_fakes.type("ip addr; vtysh -c 'show bgp summary'")
    numbers = [n for n, (name, on, *_rest) in enumerate(BOTH) if on == "r1" and name in NOT_HIS_OWN]
    assert {v.outcome for v in graded(network, [check_of(n, 0) for n in numbers]).values()} == {"passed"}
    assert {v.outcome for v in graded(network, [check_of(n, 1) for n in numbers]).values()} == {"failed"}


ESTABLISHED = '{"peers":{"2001:db8:23::3":{"state":"Established","remoteAs":65003,"pfxRcd":5,"pfxSnt":5}}}'
END = r"\0\0\0\0"
# It waits for enable, and then for the question, as bgpd does.
SAY = f"{{ exec 3>/tmp/f; read -r -d '' _; printf '{END}' >&3; read -r -d '' _; printf '{ESTABLISHED}{END}' >&3; exec 3>&-; }}"
LIAR = f"mkfifo /tmp/f; while :; do rm -f /run/frr/bgpd.vty; nc -N -lU /run/frr/bgpd.vty < /tmp/f | {SAY}; done"


def test_a_daemon_that_lies_is_found_out_by_its_neighbour(network, shell_on):
    """r2 claims a session with b1 that nobody has: alone it would be believed, with the neighbour as control it is not."""
    liar = shell_on(network, "r2")
    liar.type("pkill -9 bgpd; rm -f /run/frr/bgpd.vty")
    liar.type(f"({LIAR}) </dev/null >/dev/null 2>&1 &")
    said = {"type": "bgp.session", "on": ("r2",), "expect": {"peer": "2001:db8:23::3", "remote_as": 65003}}
    there = {"type": "bgp.session", "on": ("b1",), "expect": {"peer": "2001:db8:23::2"}}
    checks = [
        Check(id="alone", title="r2 says so", within=10, **said),
        Check(id="there", title="b1 says so", **there),
        Check(id="both", title="r2 says so, and b1 too", control=("there",), **said),
    ]
    until = time.monotonic() + 20
    while (verdicts := graded(network, checks))["alone"].outcome != "passed" and time.monotonic() < until:
        time.sleep(0.5)
    assert [verdicts[name].outcome for name in ("alone", "there", "both")] == ["passed", "failed", "failed"]
    assert str(verdicts["both"].seen) == "b1 says so has failed, and without it this proves nothing"
