"""Two FRR routers with OSPFv3 and BGP, and a host with SLAAC."""

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.faults.base import PlacedFault, vtysh
from rigs.diagnose.fault_network import FaultNetwork, Goal, cable, extra_faults

OSPF6D = "/usr/lib/frr/ospf6d -d -A 127.0.0.1 -P 0 </dev/null >/run/again.log 2>&1"
OF_R2, OF_R1 = "2001:db8:b::1", "2001:db8:b::2"  # the addresses of their peers
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
ipv6 route 2001:db8:c::/64 eth2
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


def _router(i: int) -> Node:
    text = ROUTER.format(i=i, o=3 - i).encode()
    keep = {"net.ipv6.conf.all.keep_addr_on_down": "1"}
    file = StartFile(path="/etc/frr/frr.conf", content=text, executable=False)
    return Node(name=f"r{i}", kind=Kind.FRR, daemons=("ospf6d", "bgpd"), files=(file,), sysctls=keep)


def _goals() -> dict[str, Goal]:
    """The goals of the network, by name."""
    return {
        "ospf": Goal("ospf6.neighbor", "r1", {"interface": "eth0"}),
        "bgp": Goal("bgp.session", "r1", {"peer": "2001:db8:b::2", "received": ">=1"}),
        "slaac": Goal(
            "addr.slaac",
            "h1",
            {"interface": "eth0", "prefix": "2001:db8:c::/64"},
            {"h1": "ip -6 addr flush dev eth0 scope global"},
            0,
        ),
        "carrier": Goal("link.state", "r1", {"interface": "eth0", "carrier": True}),
        "heard": Goal("ra.content", "h1", {"interface": "eth0"}),
        "default": Goal("fib.default", "h1", {"protocol": "ra"}, {"h1": "ip -6 route flush proto ra"}, 0),
        "off-link": Goal("ping", "h1", {"to": "2001:db8:a::1"}),
        # The kernel checks for duplicates only when it makes an address.
        "again": Goal(
            "addr.slaac",
            "h1",
            {"interface": "eth0", "prefix": "2001:db8:c::/64"},
            {"h1": "sysctl -qw net.ipv6.conf.eth0.accept_dad=1; ip link set eth0 down; ip link set eth0 up"},
            6,
        ),
    }


def frr_pair() -> FaultNetwork:
    """Two FRR routers with one link for OSPFv3 and one for BGP, and a host that listens for router advertisements."""
    lab = ad_hoc_lab(
        "faults",
        [_router(1), _router(2), Node(name="h1", kind=Kind.HOST)],
        [
            cable("r1:eth0", "r2:eth0", "2001:db8:a::1/64", "2001:db8:a::2/64"),
            cable("r1:eth1", "r2:eth1", "2001:db8:b::1/64", "2001:db8:b::2/64"),
            cable("r1:eth2", "h1:eth0"),
        ],
    )
    return FaultNetwork(lab, _goals(), _chains(), _extra())


def _chains() -> tuple[tuple[str, ...], ...]:
    """The faults, each with its goal: those of OSPFv3, of BGP, and of router advertisements."""
    return (
        (
            *(
                f"ospf ospf-{what}@r2:eth0"
                for what in ("hello", "dead", "passive", "not-on", "area", "auth", "instance")
            ),
            *(f"ospf {what}" for what in ("link-down@r2:eth0", "link-shutdown@r1:eth0", "mtu@r2:eth0")),
            *("ospf ospf-router-id@r2:r1", "ospf ospf-filter@r2:eth0", "carrier link-down@r2:eth0"),
            *(
                "ospf link-down@r2:eth0 + ospf-area@r2:eth0",
                "ospf ospf-area@r2:eth0 + ospf-hello@r2:eth0",
                "ospf narrow",
                "ospf no-ospf6d",
            ),
        ),
        (
            *(f"bgp bgp-{what}@r2:{OF_R2}" for what in ("as", "password", "ttl", "shutdown", "family", "policy-out")),
            *(f"bgp bgp-{what}@r1:{OF_R1}" for what in ("as", "policy-in", "no-neighbor", "limit", "no-address")),
            *(f"bgp bgp-{what}@r2:{OF_R2}" for what in ("filter", "wrong-address")),
            f"bgp bgp-no-address@r1:{OF_R1} + bgp-as@r2:{OF_R2}",
            f"bgp bgp-as@r1:{OF_R1} + bgp-family@r2:{OF_R2}",
            f"bgp bgp-family@r2:{OF_R2} + bgp-policy-in@r1:{OF_R1}",
            *("bgp passwords-1 + passwords-2", "bgp port-taken@r2:eth1", "bgp local-as", "bgp filter-list"),
        ),
        (
            *(f"slaac slaac-{what}@r1:eth2" for what in ("prefix", "silent", "flag", "length")),
            *(f"slaac {what}" for what in ("link-down@h1:eth0", "link-down@r1:eth2", "ipv6-disabled@h1:eth0")),
            *(f"slaac slaac-{what}@h1:eth0" for what in ("accept", "forwarding", "autoconf", "guard")),
            *("slaac slaac-accept@h1:eth0 + slaac-silent@r1:eth2", "slaac no-prefix"),
            *("heard link-down@r1:eth2", "default slaac-accept@h1:eth0", "default ra-lifetime@r1:eth2"),
            *("off-link ra-lifetime@r1:eth2", "again slaac-duplicate@r1:h1:eth0"),
        ),
    )


def _extra() -> dict[str, PlacedFault]:
    """Faults that the library does not have."""
    mode, family = ("router bgp 65002",), ("router bgp 65002", "address-family ipv6 unicast")
    peer = f"neighbor {OF_R2}"
    return extra_faults(
        ("narrow", "r2", "tc qdisc add dev eth0 root bfifo limit 1", "tc qdisc del dev eth0 root"),
        (
            *("no-ospf6d", "r2", "pkill -x ospf6d"),
            f"{OSPF6D}; vtysh -d ospf6d -f /etc/frr/frr.conf",
            "daemon-down",
        ),
        *(
            (
                f"passwords-{i}",
                f"r{i}",
                vtysh((f"router bgp 6500{i}",), with_password),
                vtysh((f"router bgp 6500{i}",), f"no {with_password}"),
                "bgp-passwords",
            )
            for i, with_password in ((1, f"neighbor {OF_R1} password one"), (2, f"neighbor {OF_R2} password two"))
        ),
        ("local-as", "r2", vtysh(mode, f"{peer} local-as 65009"), vtysh(mode, f"no {peer} local-as 65009")),
        (
            "filter-list",
            "r2",
            vtysh((), "bgp as-path access-list NONE deny .*", *family, f"{peer} filter-list NONE out"),
            vtysh(family, f"no {peer} filter-list NONE out"),
        ),
        ("no-prefix", "h1", *(f"sysctl -qw net.ipv6.conf.eth0.accept_ra_pinfo={value}" for value in (0, 1))),
    )
