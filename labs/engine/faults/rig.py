"""Networks that work, and into which ``manage.py diagnose`` puts each fault: which check fails then, and is its cause named?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.checks import TYPES, CheckType
from labs.engine.spec import Interface, Kind, Lab, Level, Limits, Link, Node, StartFile

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


@dataclass(frozen=True, slots=True)
class Goal:
    """What a learner wants of the network, as a check on a node."""

    type: str
    node: str
    expect: Mapping[str, Any]
    # What makes the host or the session forget what it has, on which node: else the fault is felt much later.
    forget: Mapping[str, str] | None = None

    def check(self) -> CheckType:
        return TYPES[self.type].parse(self.expect)


@dataclass(frozen=True, slots=True)
class Rig:
    """A network, what should work in it, and which faults to put in, by what they hurt: keys of labs.engine.faults.Placed."""

    lab: Lab
    goals: Mapping[str, Goal]
    faults: Mapping[str, Sequence[str]]  # by goal; those of one goal come one after the other


def _router(i: int) -> Node:
    text = ROUTER.format(i=i, o=3 - i).encode()
    keep = {"net.ipv6.conf.all.keep_addr_on_down": "1"}
    file = StartFile(path="/etc/frr/frr.conf", content=text, executable=False)
    return Node(name=f"r{i}", kind=Kind.FRR, daemons=("ospf6d", "bgpd"), files=(file,), sysctls=keep)


def _link(a: str, b: str, *addresses: str) -> Link:
    ends = [
        Interface(node=n.split(":")[0], name=n.split(":")[1], addresses=addresses[i : i + 1])
        for i, n in enumerate((a, b))
    ]
    return Link(a=ends[0], b=ends[1])


def _lab(nodes: Sequence[Node], links: Sequence[Link]) -> Lab:
    given = {"id": "faults", "title": "Faults", "summary": "", "level": Level.BEGINNER, "minutes": 10, "stages": ()}
    rest = {"limits": Limits(), "requires": (), "folder": Path("/none"), "version": "0"}
    return Lab(nodes={node.name: node for node in nodes}, links=tuple(links), **given, **rest)  # type: ignore[arg-type]


def pair() -> Rig:
    """Two routers of FRR with a link for OSPFv3 and one for BGP, and a host that listens for advertisements."""
    lab = _lab(
        [_router(1), _router(2), Node(name="h1", kind=Kind.HOST)],
        [
            _link("r1:eth0", "r2:eth0", "2001:db8:a::1/64", "2001:db8:a::2/64"),
            _link("r1:eth1", "r2:eth1", "2001:db8:b::1/64", "2001:db8:b::2/64"),
            _link("r1:eth2", "h1:eth0"),
        ],
    )
    goals = {
        "ospf": Goal("ospf6.neighbor", "r1", {"interface": "eth0"}),
        "bgp": Goal("bgp.session", "r1", {"peer": "2001:db8:b::2", "received": ">=1"}),
        "slaac": Goal(
            "addr.slaac",
            "h1",
            {"interface": "eth0", "prefix": "2001:db8:c::/64"},
            {"h1": "ip -6 addr flush dev eth0 scope global"},
        ),
    }
    faults = {
        "ospf": (
            *(f"ospf-{what}@r2:eth0" for what in ("hello", "dead", "passive", "not-on", "area", "auth")),
            *("link-down@r2:eth0", "link-shutdown@r1:eth0", "mtu@r2:eth0", "ospf-router-id@r2:r1"),
        ),
        "bgp": (
            *(f"bgp-{what}@r2:2001:db8:b::1" for what in ("as", "password", "shutdown", "family", "policy-out")),
            *(f"bgp-{what}@r1:2001:db8:b::2" for what in ("as", "policy-in", "no-neighbor", "limit", "no-address")),
            *(f"bgp-{what}@r2:2001:db8:b::1" for what in ("filter", "wrong-address")),
        ),
        "slaac": (
            *("slaac-prefix@r1:eth2", "slaac-silent@r1:eth2"),
            *("slaac-flag@r1:eth2", "slaac-length@r1:eth2", "link-down@h1:eth0"),
            *(f"slaac-{what}@h1:eth0" for what in ("accept", "forwarding", "autoconf")),
        ),
    }
    return Rig(lab, goals, faults)
