"""The lines for what a learner has set up in the network of a node."""

import ipaddress

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.runtime import changes, network_lines
from labs.engine.runtime.archive import archive
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import differences
from rigs.diagnose.fault_network import cable

LAB = ad_hoc_lab(
    "pair",
    [Node(name="h1", kind=Kind.HOST), Node(name="h2", kind=Kind.HOST, learner=False)],
    [cable("h1:eth0", "h2:eth0", "2001:db8:1::1/64", "")],
)


class FakeNetwork:
    """The answers of a host, as ``ip -j`` prints them."""

    def __init__(self):
        self.links = {"lo": {"mtu": 65536}, "eth0": {"mtu": 1500, "linkinfo": {"info_kind": "veth"}}}
        self.held = {"lo": ["::1/128"], "eth0": ["2001:db8:1::1/64"]}
        self.routes, self.rules = [], [{"priority": 32766, "src": "all", "table": "main"}]
        self.sysctls = {}

    def ask(self, asks, *, seconds=10):
        return [self.answer(ask) for ask in asks]

    def answer(self, ask):
        if ask["ask"] == "changes":
            return {"ok": True, "files": [], "more": False, "removed": [], "truncated": False}
        if ask["ask"] == "sysctl":
            return {"ok": True, "value": self.sysctls.get(ask["key"], "0")}
        if ask["args"][-1] == "addr":
            return {"ok": True, "json": [self.link(name) for name in self.links]}
        if ask["args"] == ["-6", "route"]:
            return {"ok": True, "json": self.routes}
        return {"ok": True, "json": self.rules if ask["args"] == ["-6", "rule"] else []}

    def link(self, name):
        held = [ipaddress.ip_interface(text) for text in self.held.get(name, ())]
        known = [{"local": str(at.ip), "prefixlen": at.network.prefixlen, "scope": "global"} for at in held]
        made = [{"local": "fe80::1", "prefixlen": 64, "scope": "link"}]
        made += [{"local": "2001:db8:9::5", "prefixlen": 64, "scope": "global", "dynamic": True}]
        return {"ifname": name, "flags": ["UP", "LOWER_UP"], "addr_info": [*known, *made], **self.links[name]}


def test_what_a_learner_types_on_a_host_is_the_difference_from_the_start():
    """Regression: a lab that is solved by ip alone ended with “No lasting changes”."""
    network = FakeNetwork()
    start = {name: state.as_json() for name, state in changes.collect(LAB, network).items()}
    assert set(start) == {"h1"}
    assert differences(start, changes.collect(LAB, network)) == []
    network.held["eth0"] = ["2001:db8:1::2/64"]
    network.links["d0"] = {"mtu": 1400, "linkinfo": {"info_kind": "dummy"}}
    network.routes += [
        {"type": "blackhole", "dst": "2001:db8::/52", "dev": "lo", "metric": 1024},
        {"dst": "default", "gateway": "fe80::2", "dev": "eth0", "protocol": "ra"},
    ]
    network.rules.append({"priority": 100, "src": "2001:db8:1::", "srclen": 64, "table": "7"})
    network.sysctls |= {"net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.eth0.forwarding": "1"}
    [found] = differences(start, changes.collect(LAB, network))
    assert found.is_network
    assert found.lines == [
        ("-", "ip address add 2001:db8:1::1/64 dev eth0"),
        ("-", "sysctl -w net.ipv6.conf.all.forwarding=0"),
        ("+", "ip link add d0 type dummy"),
        ("+", "ip link set d0 mtu 1400"),
        ("+", "ip address add 2001:db8:1::2/64 dev eth0"),
        ("+", "ip -6 route add blackhole 2001:db8::/52"),
        ("+", "ip rule add priority 100 from 2001:db8:1::/64 lookup 7"),
        ("+", "sysctl -w net.ipv6.conf.all.forwarding=1"),
    ]


def test_an_address_that_the_running_configuration_brings_is_shown_there_alone():
    start = {"r1": {"running": "interface eth0\n", "network": "", "files": {}}}
    now = NodeState("interface eth0\n ipv6 address 2001:db8::1/64\n", "ip address add 2001:db8::1/64 dev eth0\n")
    assert [one.is_network for one in differences(start, {"r1": now})] == [False]


def test_a_network_that_was_not_read_at_the_start_or_now_is_not_compared():
    lines = "ip address add 2001:db8::1/64 dev eth0\n"
    assert differences({"r1": {"running": None, "files": {}}}, {"r1": NodeState(None, lines)}) == []
    assert differences({"r1": NodeState(None, lines).as_json()}, {"r1": NodeState()}) == []
    assert network_lines.read(LAB.nodes["h1"], {}) is None


def test_the_state_is_stored_and_packed_with_its_network():
    state = NodeState(None, "ip address add 2001:db8::1/64 dev eth0\n")
    assert NodeState.from_json(state.as_json()) == state
    assert b"h1/network" in archive("pair", {"h1": state})


def test_hostile_answers_are_bounded():
    network = FakeNetwork()
    network.links |= {f"x{number}\x1b[2J": {"mtu": 9} for number in range(5000)}
    text = changes.collect(LAB, network)["h1"].network
    assert len(text.splitlines()) == network_lines.MOST
    assert "\x1b" not in text
