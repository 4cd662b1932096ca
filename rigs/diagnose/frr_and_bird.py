"""An FRR router and a BIRD router with OSPFv3 and BGP, an RPKI cache, and a host."""

import json
import shlex
from collections.abc import Mapping

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.faults.base import PlacedFault, bird_edit
from rigs.diagnose.fault_network import FaultNetwork, Goal, cable, extra_faults

FRR = """hostname r1
ipv6 forwarding
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
exit
interface eth1
 ipv6 ospf6 area 0
 ipv6 ospf6 passive
exit
router ospf6
 ospf6 router-id 10.0.0.1
exit
rpki
 rpki polling_period 2
 rpki retry_interval 1
 rpki cache tcp 2001:db8:1::10 3323 preference 1
exit
bgp route-map delay-timer 1
ipv6 route 2001:db8:f::/48 blackhole
route-map IN deny 5
 match rpki invalid
exit
route-map IN permit 10
exit
route-map OUT permit 10
exit
router bgp 65001
 bgp router-id 10.0.0.1
 no bgp default ipv4-unicast
 neighbor 2001:db8:23::2 remote-as 65003
 neighbor 2001:db8:23::2 timers 3 9
 neighbor 2001:db8:23::2 timers connect 1
 address-family ipv6 unicast
  network 2001:db8:f::/48
  neighbor 2001:db8:23::2 activate
  neighbor 2001:db8:23::2 soft-reconfiguration inbound
  neighbor 2001:db8:23::2 route-map IN in
  neighbor 2001:db8:23::2 route-map OUT out
 exit-address-family
exit
"""
BIRD = """router id 10.0.0.3;
protocol device { scan time 1; }
protocol static own {
  ipv6;
  route 2001:db8:b::/48 blackhole;
  route 2001:db8:bad::/48 blackhole;
  route 2001:db8:bb:1::/64 blackhole;
}
protocol kernel {
  ipv6 { export where source != RTS_STATIC; };
}
protocol ospf v3 inside {
  ipv6 { import all; };
  area 0 {
    interface "eth0" {
      type ptp;
      hello 1;
      dead 4;
    };
    interface "eth1" {
      stub;
    };
  };
}
protocol bgp frr {
  local 2001:db8:23::2 as 65003;
  neighbor 2001:db8:23::1 as 65001;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv6 {
    import all;
    export where source = RTS_STATIC;
  };
}
"""
ROAS = [
    {"prefix": "2001:db8:b::/48", "maxLength": 48, "asn": "AS65003"},
    {"prefix": "2001:db8:bad::/48", "maxLength": 48, "asn": "AS64999"},
    {"prefix": "2001:db8:bb::/48", "maxLength": 48, "asn": "AS65003"},
]
CACHE = "stayrtr -bind [::]:3323 -cache /etc/vrps.json -checktime=false -metrics.addr '' -refresh 2 </dev/null >/run/s.log 2>&1 &"
# FRR applies its policy again when the policy changes, but not when the cache's ROAs change.
CLEAR = "vtysh -c 'clear bgp ipv6 unicast 2001:db8:23::2 soft in'"
# Nor does FRR apply its policy again when the cache comes up.
LATER = (
    "(until vtysh -c 'show rpki cache-connection' | grep -q connected; do sleep 1; done; sleep 1; "
    f"{CLEAR}) </dev/null >/run/later.log 2>&1 &"
)
KEEP = {"net.ipv6.conf.all.keep_addr_on_down": "1"}


def _file(path: str, text: str) -> StartFile:
    return StartFile(path=path, content=text.encode(), executable=False)


def _vrps(*roas: Mapping[str, object]) -> str:
    return json.dumps({"metadata": {"buildtime": "2026-01-01T00:00:00Z"}, "roas": roas})


def _first_roa(prefix: str, most: int, number: str) -> tuple[str, str]:
    """Replace the first ROA by another one, and back. The cache reads its file again within seconds."""
    other = {"prefix": prefix, "maxLength": most, "asn": number}
    lines = [f"echo {shlex.quote(_vrps(roa, *ROAS[1:]))} >/etc/vrps.json" for roa in (other, ROAS[0])]
    return f"{lines[0]}; sleep 6", lines[1]


def _goals() -> dict[str, Goal]:
    """The goals of the network, by name."""
    return {
        "ospf": Goal("ospf6.neighbor", "r1", {"interface": "eth0"}),
        "route": Goal("ospf6.route", "r1", {"prefix": "2001:db8:3::/64"}),
        "announced": Goal("ospf6.route", "b1", {"prefix": "2001:db8:1::/64"}),
        "in": Goal("bgp.route", "r1", {"prefix": "2001:db8:b::/48", "best": True}),
        "session": Goal("bgp.session", "b1", {"peer": "2001:db8:23::1"}),
        "out": Goal("bgp.route", "b1", {"prefix": "2001:db8:f::/48"}),
        "foreign": Goal("bgp.route", "r1", {"prefix": "2001:db8:bad::/48", "present": False}, {"r1": CLEAR}),
        "cache": Goal("rpki.cache", "r1", {"address": "2001:db8:1::10"}),
        "roa": Goal("rpki.vrp", "r1", {"prefix": "2001:db8:b::/48", "origin_as": 65003}),
        "kernel": Goal("fib.route", "r1", {"prefix": "2001:db8:3::/64", "protocol": "ospf"}),
        "kernel-bgp": Goal("fib.route", "r1", {"prefix": "2001:db8:b::/48"}),
        "unwanted": Goal("bgp.route", "r1", {"prefix": "2001:db8:e::/48", "present": False}, {"r1": CLEAR}),
    }


def frr_and_bird() -> FaultNetwork:
    """An FRR router and a BIRD router with one link for OSPFv3 and one for BGP, and an RPKI cache and a host behind them."""
    cache = ("ip -6 route add default via 2001:db8:1::1", CACHE)
    lab = ad_hoc_lab(
        "faults",
        [
            Node(
                name="r1",
                kind=Kind.FRR,
                daemons=("ospf6d", "bgpd"),
                files=(_file("/etc/frr/frr.conf", FRR),),
                sysctls=KEEP,
                start=(LATER,),
            ),
            Node(name="b1", kind=Kind.BIRD, files=(_file("/etc/bird/bird.conf", BIRD),), sysctls=KEEP),
            Node(name="c1", kind=Kind.HOST, files=(_file("/etc/vrps.json", _vrps(*ROAS)),), start=cache),
            Node(name="h2", kind=Kind.HOST, start=("ip -6 route add default via 2001:db8:3::1",)),
        ],
        [
            cable("r1:eth0", "b1:eth0", "2001:db8:13::1/64", "2001:db8:13::2/64"),
            cable("r1:eth1", "c1:eth0", "2001:db8:1::1/64", "2001:db8:1::10/64"),
            cable("b1:eth1", "h2:eth0", "2001:db8:3::1/64", "2001:db8:3::10/64"),
            cable("r1:eth2", "b1:eth2", "2001:db8:23::1/64", "2001:db8:23::2/64"),
        ],
    )
    return FaultNetwork(lab, _goals(), _chains(), _extra())


def _chains() -> tuple[tuple[str, ...], ...]:
    """The faults, each with its goal: those of OSPFv3 first, then those of BGP and RPKI."""
    ospf, bgp, peer = "b1:protocol ospf v3 inside", "b1:protocol bgp frr", "r1:2001:db8:23::2"
    return (
        (
            *(f"ospf bird-ospf-{what}@{ospf}" for what in ("hello", "dead", "area", "passive", "off")),
            *(
                "ospf ospf-mtu@r1:eth0",
                "route ospf-type@r1:eth0",
                f"route bird-ospf-type@{ospf}",
                "announced ospf-unannounced@r1:eth1",
                f"kernel bird-ospf-area@{ospf}",
            ),
        ),
        (
            *(f"in bird-bgp-{what}@{bgp}" for what in ("as", "off", "channel", "export")),
            *(f"in bgp-{what}@{peer}" for what in ("prefix-list", "route-map-in", "next-hop", "ttl")),
            *(f"out bgp-{what}@{peer}" for what in ("route-map-out", "loop")),
            *("out bgp-unoriginated@r1:2001:db8:f::/48", f"out bird-bgp-import@{bgp}"),
            *(f"session bgp-as@{peer}", f"session bgp-password@{peer}", "session link-down@r1:eth2"),
            *("in other-roa + looks-again", "in short-roa + looks-again", "roa lost-roa"),
            # The last fault that needs the cache: a router that has lost the cache tries again only after 600 seconds.
            "cache rpki-cache-down@c1:stayrtr",
            *("foreign rpki-no-policy@r1:IN", "out own-filter"),
            f"kernel-bgp bird-bgp-export@{bgp}",
            "unwanted announced + rpki-no-policy@r1:IN",
        ),
    )


def _extra() -> dict[str, PlacedFault]:
    """Faults that the library does not have."""
    edits = bird_edit("protocol bgp frr", "import all", "import filter { reject; }")
    return extra_faults(
        ("own-filter", "b1", *edits),
        ("announced", "b1", *bird_edit("protocol static own", "ipv6;", "ipv6; route 2001:db8:e::/48 blackhole;")),
        ("lost-roa", "c1", *_first_roa("2001:db8:a::/48", 48, "AS65003")),
        (
            "looks-again",
            "r1",
            CLEAR,
            f"(for turn in 1 2 3 4 5 6; do sleep 4; {CLEAR}; done) </dev/null >/run/again.log 2>&1 &",
        ),
        ("other-roa", "c1", *_first_roa("2001:db8:b::/48", 48, "AS64998"), "rpki-invalid"),
        ("short-roa", "c1", *_first_roa("2001:db8:a::/47", 47, "AS65003"), "rpki-maxlength"),
    )
