"""Each check type is judged once true and once false in a real network. A learner who replaces their tools gains nothing."""

import time

import pytest

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Check, Stage
from labs.engine.errors import EngineError
from labs.engine.grading.grading import grade
from labs.engine.shared import pace
from tests.judged import BOTH, R2
from tests.judged_names import NAMES
from tests.live.conftest import make_lab
from tests.live.crossroads import crossroads

pytestmark = pytest.mark.live
ELSEWHERE = {name for name, *_rest in NAMES} - {"dns.validated"}  # in tests.live.test_flavours
CONVERGED = 60  # seconds that the protocols may take on a busy machine


@pytest.fixture(scope="module")
def network(runner):
    with runner.running(crossroads()) as session:
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
    assert {name.split()[1] for name in verdicts} == set(TYPES) - {
        *("path.failover", "rpki.revalidation"),
        *ELSEWHERE,
    }


def test_what_is_not_true_fails(network):
    """Routers limit how often they say that a packet's hops are used up (RFC 4443, 2.4), so a trace may see a loop later."""
    checks = [check_of(number, 1) for number, (_name, _on, _true, false) in enumerate(BOTH) if false is not None]
    until = time.monotonic() + CONVERGED
    while wrong := {name: str(v.seen) for name, v in graded(network, checks).items() if v.outcome != "failed"}:
        assert time.monotonic() < until, wrong
        checks = [check for check in checks if check.id in wrong]


ROAS = "h1:/etc/vrps.json"
STOLEN = {"roas": ROAS, "prefix": "2001:db8:b::/48", "origin_as": 64999}
WITHDRAWN = {"roas": ROAS, "prefix": "2001:db8:b::/48"}
OF_R2 = {"roas": ROAS, "prefix": "2001:db8:ff:2::/64", "origin_as": 64999}
ANOTHERS = {"roas": ROAS, "prefix": "2001:db8:b9::/48", "origin_as": 64999}


def test_a_router_that_validates_follows_when_a_roa_changes_and_then_the_roa_is_as_before(network):
    def follows(name, on, state, do, within=40, prefix="2001:db8:b::/48", origin=65003):
        expect = {"prefix": prefix, "origin_as": origin, "state": state}
        return Check(id=name, type="rpki.revalidation", title=name, on=(on,), expect=expect, do=(do,), within=within)

    def served():
        [answer] = network.ask([{"ask": "file", "node": "h1", "path": "/etc/vrps.json"}])
        return answer["text"]

    before = served()
    found = graded(
        network,
        [
            follows("frr", "r1", "invalid", STOLEN),
            follows("bird", "b1", "not found", WITHDRAWN),
            follows("dropped", "b1", "gone", OF_R2, prefix=OF_R2["prefix"], origin=65002),
            follows("of another", "b1", "invalid", ANOTHERS, within=4),
            follows("already", "r1", "valid", STOLEN, within=4),
        ],
    )
    assert {name: str(verdict.outcome) for name, verdict in found.items()} == {
        "frr": "passed",
        "bird": "passed",
        "dropped": "passed",
        "of another": "failed",
        "already": "failed",
    }, [str(verdict.seen) for verdict in found.values()]
    assert "nothing was changed" in str(found["already"].cause)
    assert served() == before
    valid = {"prefix": "2001:db8:b::/48", "origin_as": 65003, "state": "valid"}
    again = [
        Check(id=f"again {on}", type="rpki.state", title=on, on=(on,), expect=valid, within=CONVERGED)
        for on in ("r1", "b1")
    ]
    assert [verdict.outcome for verdict in graded(network, again).values()] == ["passed", "passed"]


@pytest.mark.parametrize(
    ("action", "word"),
    [
        ({"roas": "h1:/etc/none.json", "prefix": "2001:db8::/32"}, "is not a file"),
        ({"roas": "h1:/etc/hosts", "prefix": "2001:db8::/32"}, "is not a file of ROAs"),
        ({"roas": "nobody:/etc/vrps.json", "prefix": "2001:db8::/32"}, "no running node nobody"),
        ({"roas": ROAS, "prefix": "2001:db8::1/32"}, "host bits"),
    ],
)
def test_what_cannot_be_changed_is_told_and_left_alone(network, action, word):
    before = network.ask([{"ask": "file", "node": "h1", "path": "/etc/hosts"}])
    with pytest.raises(EngineError, match=word):
        network.do(action)
    assert network.ask([{"ask": "file", "node": "h1", "path": "/etc/hosts"}]) == before


LEAK = {"run": "b1", "commands": ["touch /tmp/leak"], "restore": ["rm -f /tmp/leak"]}


def test_commands_on_a_node_of_the_instructor_are_undone_whatever_becomes_of_the_check(network):
    def there(name, *do):
        return Check(id=name, type="file.exists", title=name, on=("b1",), expect={"path": "/tmp/leak"}, do=do, within=2)

    fails = {**LEAK, "commands": ["touch /tmp/leak", "false"]}
    found = graded(network, [there("made", LEAK), there("failed half way", fails)])
    assert {name: str(verdict.outcome) for name, verdict in found.items()} == {
        "made": "passed",
        "failed half way": "unknown",
    }
    [answer] = network.ask([{"ask": "file", "node": "b1", "path": "/tmp/leak"}])
    assert answer["exists"] is False
    with pytest.raises(EngineError, match="not a node of the instructor"):
        network.do({**LEAK, "run": "r1"})


FAKE = r"printf '#!/bin/sh\necho All is well\n'"
IP = ("/usr/bin/ip", "/usr/sbin/ip", "/usr/sbin/bridge")
NOT_HIS_OWN = (
    "addr.present",
    "fib.route",
    "fib.ecmp",
    "link.state",
    "bgp.session",
    "bgp.neighbor",
    "ospf6.neighbor",
    "rpki.cache",
    "service.tcp",
)


@pytest.mark.parametrize(
    ("node", "tools", "typed"),
    [
        ("r1", ("/usr/bin/vtysh", *IP), "ip addr; vtysh -c 'show bgp summary'"),
        ("b1", ("/usr/sbin/birdc", "/usr/sbin/birdcl", *IP), "ip addr; birdc show protocols"),
    ],
)
def test_another_ip_or_vtysh_or_birdc_changes_nothing(network, shell_on, node, tools, typed):
    with_fakes = shell_on(network, node)
    for tool in tools:
        with_fakes.type(f"rm -f {tool}; {FAKE} > {tool}; chmod 755 {tool}")
    assert with_fakes.type(typed).count("All is well") == 2
    numbers = [n for n, (name, on, *_rest) in enumerate(BOTH) if on == node and name in NOT_HIS_OWN]
    assert len(numbers) > 4
    for side, outcome in ((0, "passed"), (1, "failed")):
        verdicts = graded(network, [check_of(n, side, within=CONVERGED * (1 - side)) for n in numbers])
        assert {name: str(v.seen) for name, v in verdicts.items() if v.outcome != outcome} == {}


END = r"\0\0\0\0"
OF_FRR = '{"peers":{"2001:db8:23::3":{"state":"Established","remoteAs":65003,"pfxRcd":5,"pfxSnt":5}}}'
OF_BIRD = (
    r"1002-r2  BGP  ---  up  00:00:00.000  Established\n1006-  BGP state: Established\n"
    r"     Neighbor address: 2001:db8:23::2\n     Neighbor AS: 65002\n   Channel ipv6\n     State: UP\n0000 \n"
)
# Each waits for what is asked, as the daemon does: bgpd for enable and the question, BIRD for restrict and the question.
LIES = {
    "bgpd": (
        "/run/frr/bgpd.vty",
        f"read -r -d '' _; printf '{END}' >&3; read -r -d '' _; printf '{OF_FRR}{END}' >&3",
    ),
    "bird": (
        "/run/bird/bird.ctl",
        rf"printf '0001 BIRD 2.17 ready.\n' >&3; read -r _; printf '0016 \n' >&3; read -r _; printf '{OF_BIRD}' >&3",
    ),
}


@pytest.mark.parametrize(
    ("daemon", "on", "expect", "witness", "of_it"),
    [
        ("bird", "b1", {"peer": "2001:db8:23::2", "remote_as": 65002}, "r2", {"peer": "2001:db8:23::3"}),
        ("bgpd", "r2", {"peer": "2001:db8:23::3", "remote_as": 65003}, "r1", {"peer": R2, "received": ">0"}),
    ],
)
def test_a_daemon_that_lies_is_found_out_by_its_neighbour(network, shell_on, daemon, on, expect, witness, of_it):
    """A program on its socket claims a session that nobody has: alone it would be believed, with its neighbour it is not."""
    socket, says = LIES[daemon]
    liar = shell_on(network, on)
    liar.type(f"pkill -9 {daemon}; rm -f {socket} /tmp/f; mkfifo /tmp/f")
    liar.type(
        f"(while :; do rm -f {socket}; nc -N -lU {socket} < /tmp/f | {{ exec 3>/tmp/f; {says}; exec 3>&-; }}; done) "
        "</dev/null >/dev/null 2>&1 &"
    )
    said = {"type": "bgp.session", "on": (on,), "expect": expect}
    checks = [
        Check(id="alone", title="The router says so", within=10, **said),
        Check(id="there", title="Its neighbour says so", type="bgp.session", on=(witness,), expect=of_it),
        Check(id="both", title="Both say so", control=("there",), **said),
    ]
    until = time.monotonic() + pace.seconds(30)
    believed = ["passed", "failed", "failed"]
    verdicts = graded(network, checks)
    while [verdict.outcome for verdict in verdicts.values()] != believed and time.monotonic() < until:
        time.sleep(0.5)
        verdicts = graded(network, checks)
    assert [verdict.outcome for verdict in verdicts.values()] == believed
    assert (
        str(verdicts["both"].seen)
        == "This check counts only if its control, another check, passes too. The control has failed: Its neighbour says so"
    )
