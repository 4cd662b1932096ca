"""Faults that are put into a small network that works, each with the name of its cause (labs.engine.diagnosis).

``manage.py diagnose`` puts each in, lets the check fail, and compares the cause that is named.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from labs.engine import diagnosis
from labs.engine.checks import TYPES, CheckType, Outcome
from labs.engine.client import Session
from labs.engine.spec import Interface, Kind, Lab, Level, Limits, Link, Node, StartFile
from labs.engine.workbench import Shell

ROUTER = """hostname r{i}
ipv6 forwarding
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
exit
interface eth2
 no ipv6 nd suppress-ra
 ipv6 nd ra-interval 3
 ipv6 nd prefix 2001:db8:c::/64
exit
router ospf6
 ospf6 router-id 10.0.0.{i}
exit
ipv6 route 2001:db8:{i}::/48 blackhole
ipv6 route 2001:db8:{i}f::/48 blackhole
route-map ALL permit 10
router bgp 6500{i}
 bgp router-id 10.0.0.{i}
 no bgp default ipv4-unicast
 neighbor 2001:db8:b::{o} remote-as 6500{o}
 neighbor 2001:db8:b::{o} timers 3 9
 neighbor 2001:db8:b::{o} timers connect 1
 address-family ipv6 unicast
  network 2001:db8:{i}::/48
  network 2001:db8:{i}f::/48
  neighbor 2001:db8:b::{o} activate
  neighbor 2001:db8:b::{o} route-map ALL in
  neighbor 2001:db8:b::{o} route-map ALL out
 exit-address-family
exit
"""
GOALS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "ospf": ("ospf6.neighbor", "r1", {"interface": "eth0"}),
    "bgp": ("bgp.session", "r1", {"peer": "2001:db8:b::2", "received": ">=1"}),
    "slaac": ("addr.slaac", "h1", {"interface": "eth0", "prefix": "2001:db8:c::/64"}),
}
FAIL_SECONDS, MEND_SECONDS = 25.0, 40.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is typed on a node to put it in, and to take it out again."""

    cause: str
    goal: str
    node: str
    put_in: tuple[str, ...]
    take_out: tuple[str, ...]


def _vtysh(*lines: str) -> str:
    return "vtysh " + " ".join(f"-c '{line}'" for line in ("configure terminal", *lines))


def _on_eth0(line: str) -> str:
    return _vtysh("interface eth0", line)


def _ospf(cause: str, line: str, undo: str) -> Fault:
    again = "vtysh -c 'clear ipv6 ospf6 interface eth0'"
    return Fault(cause, "ospf", "r2", (_on_eth0(line), again), (_on_eth0(undo), again))


def _bgp(cause: str, line: str, undo: str, *, node: str = "r2", inside: bool = False) -> Fault:
    router = [f"router bgp 6500{node[1]}", *(["address-family ipv6 unicast"] if inside else [])]
    clear = f"vtysh -c 'clear bgp ipv6 2001:db8:b::{3 - int(node[1])}'"
    return Fault(cause, "bgp", node, (_vtysh(*router, line), clear), (_vtysh(*router, *undo.split(" ; ")), clear))


def _slaac(cause: str, node: str, put_in: str, take_out: str) -> Fault:
    return Fault(cause, "slaac", node, (put_in,), (take_out,))


def _setting(key: str, bad: int, good: int) -> tuple[str, str]:
    return tuple(f"sysctl -qw net.ipv6.conf.eth0.{key}={value}" for value in (bad, good))  # type: ignore[return-value]


def _again(i: int) -> str:
    """The lines of a neighbour that was taken away."""
    peer = f"neighbor 2001:db8:b::{3 - i}"
    lines = (f"remote-as 6500{3 - i}", "timers 3 9", "timers connect 1")
    inside = ("activate", "route-map ALL in", "route-map ALL out")
    return _vtysh(
        f"router bgp 6500{i}",
        *(f"{peer} {line}" for line in lines),
        "address-family ipv6 unicast",
        *(f"{peer} {line}" for line in inside),
    )


PEER1, PEER2 = "neighbor 2001:db8:b::1", "neighbor 2001:db8:b::2"
NEW_ID = ("vtysh -c 'clear ipv6 ospf6 process'",)
FAULTS: Sequence[Fault] = (
    _ospf("ospf-timers", "ipv6 ospf6 hello-interval 3", "ipv6 ospf6 hello-interval 1"),
    _ospf("ospf-timers", "ipv6 ospf6 dead-interval 9", "ipv6 ospf6 dead-interval 4"),
    _ospf("ospf-passive", "ipv6 ospf6 passive", "no ipv6 ospf6 passive"),
    _ospf("ospf-not-on", "no ipv6 ospf6 area 0", "ipv6 ospf6 area 0"),
    Fault(
        "ospf-area",
        "ospf",
        "r2",
        (_vtysh("interface eth0", "no ipv6 ospf6 area 0", "ipv6 ospf6 area 1"),),
        (_vtysh("interface eth0", "no ipv6 ospf6 area 1", "ipv6 ospf6 area 0"),),
    ),
    Fault("link-down", "ospf", "r2", ("ip link set eth0 down",), ("ip link set eth0 up",)),
    Fault("link-down", "ospf", "r1", (_on_eth0("shutdown"),), (_on_eth0("no shutdown"),)),
    Fault(
        "mtu",
        "ospf",
        "r2",
        ("ip link set eth0 down; ip link set eth0 mtu 1400 up",),
        ("ip link set eth0 down; ip link set eth0 mtu 1500 up",),
    ),
    _ospf(
        "ospf-auth",
        "ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key secret",
        "no ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key secret",
    ),
    _bgp("bgp-as-far", f"{PEER1} remote-as 65009", f"{PEER1} remote-as 65001"),
    _bgp("bgp-as", f"{PEER2} remote-as 65009", f"{PEER2} remote-as 65002", node="r1"),
    _bgp("bgp-password", f"{PEER1} password secret", f"no {PEER1} password secret"),
    _bgp("bgp-shutdown", f"{PEER1} shutdown", f"no {PEER1} shutdown"),
    _bgp("bgp-family", f"no {PEER1} activate", f"{PEER1} activate", inside=True),
    _bgp("bgp-policy", f"no {PEER1} route-map ALL out", f"{PEER1} route-map ALL out", inside=True),
    _bgp(
        "bgp-policy",
        "no neighbor 2001:db8:b::2 route-map ALL in",
        "neighbor 2001:db8:b::2 route-map ALL in",
        node="r1",
        inside=True,
    ),
    Fault(
        "bgp-filter",
        "bgp",
        "r2",
        (
            "nft add table inet x",
            "nft add chain inet x i '{ type filter hook input priority 0; }'",
            "nft add rule inet x i tcp dport 179 drop",
            "nft add rule inet x i tcp sport 179 drop",
            "vtysh -c 'clear bgp ipv6 2001:db8:b::1'",
        ),
        ("nft delete table inet x",),
    ),
    Fault(
        "bgp-unreachable",
        "bgp",
        "r2",
        ("ip addr del 2001:db8:b::2/64 dev eth1",),
        ("ip addr add 2001:db8:b::2/64 dev eth1 nodad",),
    ),
    Fault(
        "bgp-no-route",
        "bgp",
        "r1",
        ("ip addr del 2001:db8:b::1/64 dev eth1",),
        ("ip addr add 2001:db8:b::1/64 dev eth1 nodad",),
    ),
    Fault("bgp-no-neighbor", "bgp", "r1", (_vtysh("router bgp 65001", f"no {PEER2}"),), (_again(1),)),
    Fault(
        "bgp-not-expected",
        "bgp",
        "r2",
        (_vtysh("router bgp 65002", f"no {PEER1}", "neighbor 2001:db8:b::9 remote-as 65001"),),
        (_again(2),),
    ),
    _bgp("bgp-limit", f"{PEER2} maximum-prefix 1", f"no {PEER2} maximum-prefix 1", node="r1", inside=True),
    Fault(
        "router-id",
        "ospf",
        "r2",
        (_vtysh("router ospf6", "ospf6 router-id 10.0.0.1"), *NEW_ID),
        (_vtysh("router ospf6", "ospf6 router-id 10.0.0.2"), *NEW_ID),
    ),
    _slaac("cable", "r1", "ip link set eth2 down", "ip link set eth2 up"),
    _slaac(
        "slaac-prefix",
        "r1",
        _vtysh("interface eth2", "no ipv6 nd prefix 2001:db8:c::/64", "ipv6 nd prefix 2001:db8:d::/64"),
        _vtysh("interface eth2", "no ipv6 nd prefix 2001:db8:d::/64", "ipv6 nd prefix 2001:db8:c::/64"),
    ),
    _slaac("slaac-accept", "h1", *_setting("accept_ra", 0, 1)),
    _slaac("slaac-forwarding", "h1", *_setting("forwarding", 1, 0)),
    _slaac("slaac-autoconf", "h1", *_setting("autoconf", 0, 1)),
    _slaac(
        "slaac-silent",
        "r1",
        _vtysh("interface eth2", "ipv6 nd suppress-ra"),
        _vtysh("interface eth2", "no ipv6 nd suppress-ra"),
    ),
    _slaac(
        "slaac-flag",
        "r1",
        _vtysh("interface eth2", "ipv6 nd prefix 2001:db8:c::/64 no-autoconfig"),
        _vtysh("interface eth2", "ipv6 nd prefix 2001:db8:c::/64"),
    ),
    _slaac(
        "slaac-length",
        "r1",
        _vtysh("interface eth2", "no ipv6 nd prefix 2001:db8:c::/64", "ipv6 nd prefix 2001:db8:c::/60"),
        _vtysh("interface eth2", "no ipv6 nd prefix 2001:db8:c::/60", "ipv6 nd prefix 2001:db8:c::/64"),
    ),
    _slaac("link-down", "h1", "ip link set eth0 down", "ip link set eth0 up"),
)


def network() -> Lab:
    """Two routers with a link for OSPFv3 and one for BGP, and a host that listens for advertisements."""

    def router(i: int) -> Node:
        text = ROUTER.format(i=i, o=3 - i).encode()
        keep = {"net.ipv6.conf.all.keep_addr_on_down": "1"}
        file = StartFile(path="/etc/frr/frr.conf", content=text, executable=False)
        return Node(name=f"r{i}", kind=Kind.FRR, daemons=("ospf6d", "bgpd"), files=(file,), sysctls=keep)

    def link(a: str, b: str, *addresses: str) -> Link:
        ends = [
            Interface(node=n.split(":")[0], name=n.split(":")[1], addresses=addresses[i : i + 1])
            for i, n in enumerate((a, b))
        ]
        return Link(a=ends[0], b=ends[1])

    nodes = [router(1), router(2), Node(name="h1", kind=Kind.HOST)]
    links = (
        link("r1:eth0", "r2:eth0", "2001:db8:a::1/64", "2001:db8:a::2/64"),
        link("r1:eth1", "r2:eth1", "2001:db8:b::1/64", "2001:db8:b::2/64"),
        link("r1:eth2", "h1:eth0"),
    )
    given = {"id": "faults", "title": "Faults", "summary": "", "level": Level.BEGINNER, "minutes": 10, "stages": ()}
    rest = {"limits": Limits(), "requires": (), "folder": Path("/none"), "version": "0"}
    return Lab(nodes={node.name: node for node in nodes}, links=links, **given, **rest)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Tried:
    fault: Fault
    named: str  # "" where the diagnosis did not know
    said: str

    @property
    def right(self) -> bool:
        return self.named == self.fault.cause


def diagnose_all(session: Session, lab: Lab, on_each: Callable[[Tried], None]) -> list[Tried]:
    """Put each fault into the running network. What is of one goal comes one after the other, the goals side by side."""
    told = threading.Lock()

    def one_goal(goal: str) -> list[Tried]:
        tried = []
        for fault in (fault for fault in FAULTS if fault.goal == goal):
            tried.append(_try(session, lab, fault))
            with told:
                on_each(tried[-1])
        return tried

    with ThreadPoolExecutor(len(GOALS)) as pool:
        return [tried for each in pool.map(one_goal, GOALS) for tried in each]


def _try(session: Session, lab: Lab, fault: Fault) -> Tried:
    name, on, expect = GOALS[fault.goal]
    check, node = TYPES[name].parse(expect), lab.nodes[on]
    if not _until(session, check, node, Outcome.PASSED, MEND_SECONDS):
        return Tried(fault, "", "the network did not work before")
    with Shell(session, fault.node, fault.goal) as shell:
        for line in fault.put_in:
            shell.type(line)
        if fault.goal == "slaac":
            with Shell(session, "h1", "flush") as host:
                host.type("ip -6 addr flush dev eth0 scope global")
        failed = _until(session, check, node, Outcome.FAILED, FAIL_SECONDS)
        if fault.goal != "slaac":
            time.sleep(1)  # a protocol needs a moment to say why: a peer that is tried again, a state that is reached
        found = diagnosis.cause(check, node, lab, session.ask(diagnosis.asks(check, node, lab))) if failed else None
        for line in fault.take_out:
            shell.type(line)
    said = str(found.text) if found else "I do not know" if failed else "the check did not fail"
    return Tried(fault, found.name if found else "", said)


def _until(session: Session, check: CheckType, node: Node, wanted: Outcome, seconds: float) -> bool:
    for _at in _ticks(seconds):
        asks = check.asks([node])
        if check.judge([node], session.ask(asks)).outcome is wanted:
            return True
    return False


def _ticks(seconds: float) -> Iterator[float]:
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        yield now
        time.sleep(0.3)
