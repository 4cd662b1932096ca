"""A check that cannot pass any more does not wait for its time limit; one that still can does."""

import json
from dataclasses import replace

import pytest

from labs.engine import cpu_budget
from labs.engine.checks import Outcome
from labs.engine.definition.spec import Check, Interface, Kind, Link, Node, StartFile
from labs.engine.grading import timers
from labs.engine.grading.graded_lab import Clock
from labs.engine.grading.grading import grade
from labs.engine.grading.network_convergence import IDLE
from tests.labs.engine.grading.test_grading import is_snapshot, lab, sysctl

PASSED, FAILED, WAITING = Outcome.PASSED, Outcome.FAILED, Outcome.WAITING
ADDRESSES = {"r1": "2001:db8::1", "r2": "2001:db8::2"}
MACS = {"r1": "02:00:00:00:00:01", "r2": "02:00:00:00:00:02"}
WITHIN = 60
ESTABLISHED = {"state": "Established", "pfxRcd": 1, "pfxSnt": 1}


def two_routers(*checks, daemons=(), files=()):
    nodes = {name: Node(name=name, kind=Kind.FRR, daemons=daemons, files=files) for name in ADDRESSES}
    ends = [Interface(node=name, name="eth0", addresses=(f"{address}/64",)) for name, address in ADDRESSES.items()]
    return replace(lab(checks), nodes=nodes, links=(Link(a=ends[0], b=ends[1]),))


class Network:
    """Two routers in which nothing happens, except what a test puts in. Time passes only while grading sleeps."""

    def __init__(self, **more):
        self.now, self.rounds, self.snapshots = 0.0, [], []
        self.on = {}  # by key of sysctl: from when it is 1
        self.links = {}  # by node: what is added to its interface
        self.neighbours = {name: [] for name in ADDRESSES}
        self.routes = {name: [{"dst": "2001:db8::/64", "dev": "eth0"}] for name in ADDRESSES}
        self.programs = ["catatonit", "zebra"]
        self.captured = 0
        self.config = {}  # by daemon
        self.filter = ""
        self.summary = {}  # by node: the sessions of BGP
        self.__dict__.update(more)

    @property
    def clock(self):
        return Clock(lambda: self.now, self.sleep, threads=False)

    def sleep(self, seconds):
        self.now += seconds

    def cables(self, *, seconds):
        return {}

    def ask(self, asks, *, seconds=10):
        self.rounds.append([ask for ask in asks if ask["ask"] == "sysctl"])
        self.snapshots += [self.now] if is_snapshot(asks) else []
        return [{"ok": True, **self.answer(ask)} for ask in asks]

    def answer(self, ask):
        node = ask["node"]
        match ask["ask"]:
            case "sysctl":
                return {"value": "1" if self.on.get(ask["key"].removeprefix("net."), 9e9) <= self.now else "0"}
            case "ping":
                return {"sent": 2, "received": 0}
            case "capture":
                self.now += ask["seconds"]
                return {"count": self.value(self.captured), "first": []}
            case "neighbours":
                return {"json": self.value(self.neighbours[node])}
            case "processes":
                return {"names": self.value(self.programs)}
            case "nft":
                return {"text": self.filter}
            case "ip":
                return {"json": self.kernel(node, ask["args"])}
            case "vty" if "running-config" in ask["commands"][0]:
                return {"outputs": [self.config.get(ask["daemon"], "")]}
            case "vty" if "bgp" in ask["commands"][0]:
                peers = {peer: self.value(told) for peer, told in self.summary.get(node, {}).items()}
                return {"outputs": [json.dumps({"peers": peers, "ipv6Unicast": {"peers": peers}})]}
        return {"outputs": ["{}" for _command in ask.get("commands", ())]}

    def value(self, what):
        return what(self.now) if callable(what) else what

    def kernel(self, node, args):
        if "addr" in args:
            held = {"local": ADDRESSES[node], "prefixlen": 64, "valid_life_time": 4294967295}
            held |= self.value(self.links.get(node, {}).get("held", {}))
            link = {"ifname": "eth0", "flags": ["UP"], "address": MACS[node], "qdisc": "noqueue", "addr_info": [held]}
            return [link | self.links.get(node, {}).get("link", {})]
        return self.value(self.routes[node]) if "route" in args else []


def attempt(network, *checks, daemons=(), files=(), **more):
    checks = checks or (sysctl("a", within=WITHIN),)
    made = grade(two_routers(*checks, daemons=daemons, files=files), network, attempt=True, clock=network.clock, **more)
    return {verdict.check: verdict.outcome for verdict in made}


def seconds_until_failed(network, *checks, **more):
    assert attempt(network, *checks, **more) == {"a": FAILED}
    return network.now


def test_a_check_that_fails_in_a_converged_network_is_given_up_after_two_seconds():
    assert 2 <= seconds_until_failed(Network()) <= 3


def test_a_right_answer_that_is_on_its_way_is_waited_for():
    """The address is tentative, and usable after three seconds. The check would have failed in a converged network."""
    tentative = Network(on={"a": 3.2}, links={"r1": {"held": lambda now: {"tentative": True} if now < 3 else {}}})
    assert attempt(tentative) == {"a": PASSED}


def wrong_neighbour(state, mac="02:00:00:00:00:99"):
    entry = {"dst": ADDRESSES["r2"], "dev": "eth0", "lladdr": mac, "state": [state]}
    return {"neighbours": {"r1": [entry], "r2": []}}


ON_ITS_WAY = {
    "a tentative address": {"links": {"r1": {"held": {"tentative": True}}}},
    "an address whose lifetime ends": {"links": {"r1": {"held": {"valid_life_time": 50}}}},
    "a route that expires": {"routes": {"r1": [{"dst": "default", "expires": 9}], "r2": []}},
    "a wrong link-layer address that is remembered": wrong_neighbour("STALE"),
    "packets that are lost": {"links": {"r1": {"link": {"qdisc": "netem"}}}},
    "a bridge with a spanning tree": {
        "links": {"r1": {"link": {"linkinfo": {"info_kind": "bridge", "info_data": {"stp_state": 1}}}}}
    },
    "a script that sleeps": {"programs": ["bash", "sleep"]},
    "a packet filter with a limit": {"filter": '{"nftables": [{"rule": {"expr": [{"limit": {"rate": 1}}]}}]}'},
    "something that changes": {"routes": {"r1": lambda now: [{"dst": f"2001:db8:{int(now)}::/48"}], "r2": []}},
}


@pytest.mark.parametrize("what", ON_ITS_WAY)
def test_while_something_may_change_by_itself_a_check_has_all_its_time(what):
    assert seconds_until_failed(Network(**ON_ITS_WAY[what]), idle=2 * IDLE) >= WITHIN


# Nothing shows when these do something, so the author's time limit says how long it takes: from the last change
UNKNOWN = {
    "a program": {"programs": ["catatonit", "dhclient"]},
    "router advertisements": {"config": {"zebra": "interface eth0\n no ipv6 nd suppress-ra\nexit\n"}},
    "a packet filter that forgets": {"filter": '{"nftables": [{"set": {"timeout": 8}}]}'},
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_where_something_unknown_runs_a_check_has_all_its_time_since_the_last_change(what):
    assert seconds_until_failed(Network(**UNKNOWN[what])) >= WITHIN
    assert seconds_until_failed(Network(**UNKNOWN[what]), idle=IDLE - 1) >= WITHIN - IDLE
    assert WITHIN - 40 <= seconds_until_failed(Network(**UNKNOWN[what]), idle=40) <= WITHIN - 40 + 3
    assert 2 <= seconds_until_failed(Network(**UNKNOWN[what]), idle=WITHIN + 1) <= 3


def test_where_something_unknown_runs_a_right_answer_that_comes_in_time_passes():
    late = Network(**UNKNOWN["a program"], on={"a": WITHIN - 40 - 1})
    assert attempt(late, idle=40) == {"a": PASSED}


def test_a_short_time_limit_does_not_end_before_the_idle_time_of_a_network_with_something_unknown():
    """The time of a learner's last key is known to half a minute."""
    check = sysctl("a", within=4)
    network = Network(**UNKNOWN["a program"])
    assert attempt(network, check, idle=6) == {"a": FAILED}
    assert network.now >= 4
    network = Network(**UNKNOWN["a program"])
    assert attempt(network, check, idle=IDLE) == {"a": FAILED}
    assert 2 <= network.now <= 3


def test_a_program_of_the_lab_that_was_started_again_has_the_time_of_the_check():
    """dnsmasq, started by the lab's own script, advertises a new prefix up to 19 seconds later. Until then nothing moves."""
    given = {"programs": ["catatonit", "beacon"], "on": {"a": WITHIN - 2}}
    script = StartFile(path="/usr/local/sbin/restart-beacon", content=b"beacon\n", executable=True)
    assert attempt(Network(**given), files=(script,)) == {"a": PASSED}
    never = {**given, "on": {}}
    assert seconds_until_failed(Network(**never), files=(script,)) >= WITHIN
    assert seconds_until_failed(Network(**never), files=(script,), idle=WITHIN) <= 3
    assert 4 <= seconds_until_failed(Network(**never), sysctl("a", within=4), files=(script,)) <= 6


def test_a_packet_of_a_program_of_the_lab_that_was_seen_is_not_waited_away():
    """A sender that a busy server did not run for two seconds passed for silent at the sixth snapshot."""
    sends = {"programs": ["catatonit", "reporter"], "captured": lambda now: 0 if now > 12 else 5}
    script = StartFile(path="/usr/local/bin/begin", content=b"reporter &\n", executable=True)
    expect = {"interface": "eth0", "filter": "udp", "packets": 0, "seconds": 2}
    silent = Check(id="a", type="capture.count", title="Silent", on=("r1",), expect=expect, within=WITHIN)
    assert seconds_until_failed(Network(**sends), silent, files=(script,)) <= 6


def test_a_packet_that_was_seen_ends_its_check_as_soon_as_the_network_is_known_to_have_converged():
    """Two seconds of failures are for packets that get lost."""
    expect = {"interface": "eth0", "filter": "udp", "packets": 0, "seconds": 0.5}
    silent = Check(id="a", type="capture.count", title="Silent", on=("r1",), expect=expect, within=WITHIN)
    assert seconds_until_failed(Network(captured=5), silent, idle=WITHIN) < 2


def test_a_check_that_no_packet_passes_ends_with_the_first_question_in_which_none_passed():
    expect = {"interface": "eth0", "filter": "udp", "packets": 0, "seconds": 1}
    silent = Check(id="a", type="capture.count", title="Silent", on=("r1",), expect=expect, within=WITHIN)
    network = Network(captured=0)
    assert attempt(network, silent) == {"a": PASSED}
    assert network.now <= 1


def test_an_unknown_daemon_has_all_its_time_after_a_change_that_comes_during_the_attempt():
    routes = {"r1": lambda now: [{"dst": "default"}] if now < 1.5 else [], "r2": []}
    assert seconds_until_failed(Network(routes=routes), daemons=("isisd",), idle=2 * WITHIN) >= WITHIN
    assert seconds_until_failed(Network(), daemons=("isisd",), idle=2 * WITHIN) <= 3


def test_a_hook_that_a_running_program_calls_at_times_is_no_change():
    """A DHCP client calls one whenever it renews its lease. What the hook changes shows in addresses and routes."""

    def programs(hook):
        return {"programs": lambda now: ["dhcpcd", hook] if now % 2 < 1 else ["dhcpcd"]}

    assert seconds_until_failed(Network(**programs("dhcpcd-run-hook")), idle=WITHIN) <= 3
    assert seconds_until_failed(Network(**programs("another-hook")), idle=WITHIN) >= WITHIN


def test_a_lifetime_that_ends_after_the_time_limit_is_no_reason_to_wait():
    """A lease that is renewed all the time ends in a minute at every snapshot."""
    for ending in ({"links": {"r1": {"held": {"valid_life_time": WITHIN + 1}}}}, {"routes": expiring(WITHIN + 1)}):
        assert seconds_until_failed(Network(**ending)) <= 3
    assert seconds_until_failed(Network(routes=expiring(WITHIN - 1))) >= WITHIN


def expiring(seconds):
    return {"r1": [{"dst": "default", "expires": seconds}], "r2": []}


def cable_check():
    do = ({"link": "r1:eth0", "up": False},)
    expect = {"to": "2001:db8::2"}
    return Check(id="f", type="path.failover", title="F", on=("r1",), expect=expect, do=do, within=WITHIN)


def test_what_must_be_so_before_a_disturbance_is_not_waited_for_in_a_converged_network():
    network = Network()
    assert attempt(network, cable_check(), idle=2 * IDLE) == {"f": FAILED}
    assert network.now <= 3
    on_its_way = Network(links={"r1": {"held": {"tentative": True}}})
    assert attempt(on_its_way, cable_check(), idle=2 * IDLE) == {"f": FAILED}
    assert on_its_way.now >= WITHIN


def test_a_neighbour_that_does_not_answer_is_no_reason_to_wait_for_long():
    asked = {"dst": ADDRESSES["r2"], "dev": "eth0", "state": ["INCOMPLETE"]}
    assert seconds_until_failed(Network(neighbours={"r1": [asked], "r2": []})) <= 3
    just = {"r1": lambda now: [{**asked, "dst": f"2001:db8::{int(now) + 5}"}], "r2": []}
    assert seconds_until_failed(Network(neighbours=just)) >= WITHIN
    assert seconds_until_failed(Network(**wrong_neighbour("STALE", MACS["r2"]))) <= 3


def test_a_switch_between_the_nodes_is_a_neighbour_like_any_other():
    """It has addresses, and no shell that tells them."""
    switch = {"dst": "fe80::5", "dev": "eth0", "lladdr": "02:00:00:00:00:05", "state": ["REACHABLE"]}
    assert seconds_until_failed(Network(neighbours={"r1": [switch], "r2": []})) <= 3
    gone = {**switch, "lladdr": MACS["r2"]}  # r2 had this address a moment ago
    assert seconds_until_failed(Network(neighbours={"r1": [gone], "r2": []})) >= WITHIN


BOTH = {"r1": {ADDRESSES["r2"]: ESTABLISHED}, "r2": {ADDRESSES["r1"]: ESTABLISHED}}


def with_bgp(state, ends=("r1", "r2")):
    told = {"state": state} if isinstance(state, str) else state  # or a function of the time
    return {name: dict.fromkeys(peers, told) for name, peers in BOTH.items() if name in ends}


def test_a_session_that_both_ends_want_is_waited_for():
    active = Network(summary=with_bgp("Active"))
    assert seconds_until_failed(active, daemons=("bgpd",), idle=2 * IDLE) >= WITHIN
    one_end = Network(summary=with_bgp("Active", ends=("r2",)))
    assert seconds_until_failed(one_end, daemons=("bgpd",), idle=2 * IDLE) <= 3


def test_a_session_that_only_one_end_believes_in_is_waited_for():
    lost = Network(summary={"r1": BOTH["r1"], "r2": {ADDRESSES["r1"]: {"state": "Active"}}})
    assert seconds_until_failed(lost, daemons=("bgpd",), idle=2 * IDLE) >= WITHIN


HERE, DEFAULT = {"dst": "2001:db8::/64", "dev": "eth0"}, {"dst": "default", "via": "2001:db8::9", "dev": "eth0"}
CUT = {
    "no route": [],
    "another route": [{"dst": "2001:db8:1::/48", "dev": "eth0"}],
    "a route to nowhere": [{"type": "unreachable", "dst": "default", "dev": "lo"}],
}


@pytest.mark.parametrize("routes", CUT.values(), ids=CUT)
def test_a_session_to_a_peer_to_which_there_is_no_route_is_not_waited_for(routes):
    for cut in ({"r1": routes, "r2": [HERE]}, {"r1": [HERE], "r2": routes}):
        active = Network(summary=with_bgp("Active"), routes=cut)
        assert seconds_until_failed(active, daemons=("bgpd",), idle=2 * IDLE) <= 3
    default = Network(summary=with_bgp("Active"), routes={"r1": [DEFAULT], "r2": [*routes, HERE]})
    assert seconds_until_failed(default, daemons=("bgpd",), idle=2 * IDLE) >= WITHIN


def test_a_session_whose_packets_are_dropped_by_a_longer_prefix_is_not_waited_for():
    dropped = [HERE, *({"type": "blackhole", "dst": address} for address in ADDRESSES.values())]
    for cut in ({"r1": dropped, "r2": [HERE]}, {"r1": [HERE], "r2": dropped}):
        active = Network(summary=with_bgp("Active"), routes=cut)
        assert seconds_until_failed(active, daemons=("bgpd",), idle=2 * IDLE) <= 3


def test_a_session_comes_up_after_the_route_to_its_peer_has_come():
    late = {"r1": lambda now: [HERE] if now >= 1.5 else [], "r2": [HERE]}
    active = Network(
        summary=with_bgp(lambda now: ESTABLISHED if now >= 20 else {"state": "Active"}), routes=late, on={"a": 20}
    )
    assert attempt(active, daemons=("bgpd",), idle=2 * IDLE) == {"a": PASSED}


@pytest.mark.parametrize("held", ["Idle (Admin)", "Idle (PfxCt)"])
def test_a_session_that_one_end_holds_down_is_not_waited_for(held):
    for summary in ([held, "Active"], ["Connect", held]):
        told = {name: {peer: {"state": state}} for (name, [peer]), state in zip(BOTH.items(), summary, strict=True)}
        assert seconds_until_failed(Network(summary=told), daemons=("bgpd",), idle=2 * IDLE) <= 3


def test_a_changed_policy_has_the_seconds_that_bgp_waits_before_it_takes_effect():
    late = Network(summary=with_bgp(ESTABLISHED), config={"bgpd": "router bgp 64500\n"}, on={"a": 6})
    assert attempt(late, daemons=("bgpd",)) == {"a": PASSED}
    wrong = Network(summary=with_bgp(ESTABLISHED), config={"bgpd": "router bgp 64500\n"})
    assert 8 <= seconds_until_failed(wrong, daemons=("bgpd",)) <= 9
    quick = Network(summary=with_bgp(ESTABLISHED), config={"bgpd": "bgp route-map delay-timer 1\nrouter bgp 64500\n"})
    assert 4 <= seconds_until_failed(quick, daemons=("bgpd",)) <= 5


def test_where_nobody_has_done_anything_for_long_nothing_unseen_is_on_its_way():
    bgp = {"summary": with_bgp(ESTABLISHED), "config": {"bgpd": "router bgp 64500\n"}}
    assert seconds_until_failed(Network(**bgp), daemons=("bgpd",), idle=IDLE) <= 3
    assert seconds_until_failed(Network(**bgp), daemons=("bgpd",), idle=IDLE - 1) >= 8


@pytest.mark.parametrize("what", ON_ITS_WAY.values(), ids=ON_ITS_WAY)
def test_in_a_lab_that_nobody_has_touched_nothing_that_moves_is_waited_for(what):
    assert seconds_until_failed(Network(**what), idle=WITHIN, untouched=True) <= 3
    assert seconds_until_failed(Network(**what), idle=WITHIN - 1, untouched=True) > WITHIN - 5  # it may be starting
    assert seconds_until_failed(Network(**what), idle=WITHIN) > WITHIN - 5


def test_in_a_lab_that_nobody_has_touched_one_packet_may_be_lost():
    assert attempt(Network(on={"a": 0.4}), idle=WITHIN, untouched=True) == {"a": PASSED}


def test_in_a_lab_that_nobody_has_touched_one_question_that_lasted_is_enough():
    assert 2.5 <= seconds_until_failed(Slow(), idle=WITHIN, untouched=True) < 3


def test_a_change_during_the_attempt_ends_the_idle_time():
    routes = {"r1": lambda now: [{"dst": "default"}] if now < 1.5 else [], "r2": []}
    bgp = Network(summary=with_bgp(ESTABLISHED), config={"bgpd": "router bgp 64500\n"}, routes=routes)
    assert seconds_until_failed(bgp, daemons=("bgpd",), idle=IDLE) >= 9


def test_an_answer_that_cannot_be_read_is_a_reason_to_wait():
    class Silent(Network):
        def ask(self, asks, *, seconds=10):
            answers = super().ask(asks)
            return [
                {"ok": False, "kind": "timeout"} if ask["ask"] == "nft" else answers[i] for i, ask in enumerate(asks)
            ]

    assert seconds_until_failed(Silent(), idle=2 * IDLE) >= WITHIN


class Slow(Network):
    """A question takes some seconds, as that of a check that sends packets on a busy machine."""

    def ask(self, asks, *, seconds=10):
        answers = super().ask(asks)
        self.now += 0 if is_snapshot(asks) else 2.5
        return answers


def test_one_question_that_failed_is_not_enough_however_long_it_took():
    slow = Slow(on={"a": 2})
    assert attempt(slow) == {"a": PASSED}
    assert 5 <= seconds_until_failed(Slow(), idle=IDLE + 1) <= 6
    assert (
        7.5 <= seconds_until_failed(Slow()) <= 8.5
    )  # the first snapshot came with the first failure, after 2.5 seconds


def test_router_advertisements_are_waited_for_in_one_question_that_lasts():
    check = Check(id="a", type="ra.content", title="A", on=("r1",), expect={"interface": "eth0"}, within=WITHIN)

    class Listening(Network):
        listened = ()

        def ask(self, asks, *, seconds=10):
            listening = [ask["seconds"] for ask in asks if ask["ask"] == "ra"]
            self.listened = (*self.listened, *listening)
            answers = [{**answer, "advertisements": []} for answer in super().ask(asks)]
            self.now += max(listening, default=0)
            return answers

    for idle, longest in ((IDLE + 1, 6), (0, 8)):  # of 0 seconds: the first snapshot comes after the first question
        network = Listening()
        assert attempt(network, check, idle=idle) == {"a": FAILED}
        assert network.listened[0] == 2
        assert network.now <= longest


def test_what_needs_a_check_that_is_given_up_is_decided_with_it():
    network = Network()
    found = attempt(network, sysctl("a", within=WITHIN), sysctl("b", needs=("a",), within=WITHIN))
    assert (found, network.now <= 3) == ({"a": FAILED, "b": WAITING}, True)


def test_after_its_need_has_passed_a_check_may_fail_for_two_seconds_again():
    network = Network(on={"a": 1.4, "b": 3.0})
    assert attempt(network, sysctl("b", needs=("a",), within=WITHIN), sysctl("a", within=WITHIN)) == {
        "b": PASSED,
        "a": PASSED,
    }


def test_a_question_that_failed_while_its_need_was_true_counts_after_the_need_has_passed():
    """It was asked beside its need, before that had its verdict."""

    class Wire(Network):
        def ask(self, asks, *, seconds=10):
            answers = super().ask(asks)
            self.now += 0 if is_snapshot(asks) else 1.5
            return answers

    network = Wire(on={"a": 0})
    checks = sysctl("b", needs=("a",), within=WITHIN), sysctl("a", within=WITHIN)
    assert attempt(network, *checks, idle=2 * IDLE) == {"b": FAILED, "a": PASSED}
    assert len(network.rounds) - len(network.snapshots) == 2


def test_a_network_in_which_every_check_passes_is_not_looked_at():
    network = Network(on={"a": 0})
    assert attempt(network) == {"a": PASSED}
    assert (network.now, network.snapshots) == (0, [])


def test_the_first_reading_comes_with_the_first_check_that_fails():
    network = Network(on={"a": 9e9, "b": 0})
    assert attempt(network, sysctl("b", within=WITHIN), sysctl("a", within=WITHIN)) == {"a": FAILED, "b": PASSED}
    assert network.snapshots[0] == 0


def test_where_nobody_has_changed_anything_for_long_the_first_reading_waits_for_no_failure():
    network = Network(on={"a": 0})
    assert attempt(network, idle=IDLE + 1) == {"a": PASSED}
    assert network.snapshots == [0]


def test_a_check_that_must_hold_is_looked_at_for_as_long_in_a_converged_network():
    network = Network(on={"a": 0})
    assert attempt(network, sysctl("a", within=WITHIN, hold=5)) == {"a": PASSED}
    assert network.now >= 5


def test_the_verdicts_of_the_first_stage_come_first():
    order = []
    wanted = two_routers(sysctl("a", within=9))
    wanted = replace(
        wanted, stages=(*wanted.stages, replace(wanted.stages[0], id="s1", checks=(sysctl("b", within=9),)))
    )
    network = Network()
    grade(
        wanted, network, attempt=True, clock=network.clock, first="s1", on_verdict=lambda made: order.append(made.check)
    )
    assert order == ["b", "a"]


def test_a_check_for_live_checks_looks_at_nothing_else():
    network = Network()
    [made] = grade(two_routers(sysctl("a", within=9)), network, attempt=False, clock=network.clock)
    assert (made.outcome, len(network.rounds)) == (FAILED, 1)


@pytest.mark.parametrize("text", ["maximum-prefix " + "1" * 256_000, "maximum-prefix 1 " * 15_000])
def test_a_long_configuration_of_a_false_daemon_is_charged_by_its_length(text):
    with cpu_budget.reading() as reading:
        assert not list(timers.of_config(text))
        assert reading.steps > len(text) // 1000


def test_a_session_that_tries_again_after_too_many_prefixes_is_a_timer():
    assert list(timers.of_config(" neighbor 2001:db8::1 maximum-prefix 10 75 restart 5"))
