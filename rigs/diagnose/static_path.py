"""Two hosts and two routers with static routes."""

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from rigs.diagnose.fault_network import FaultNetwork, Goal, cable, extra_faults

ROUTES = {
    "h1": ("ip -6 route add default via 2001:db8:1::1", "ip route add default via 10.0.1.1"),
    "r1": ("ip -6 route add 2001:db8:2::/64 via 2001:db8:a::2", "ip route add 10.0.2.0/24 via 10.0.10.2"),
    "r2": ("ip -6 route add 2001:db8:1::/64 via 2001:db8:b::1", "ip route add 10.0.1.0/24 via 10.0.11.1"),
    "h2": ("ip -6 route add default via 2001:db8:2::1", "ip route add default via 10.0.2.1"),
}
FORWARDS = {"net.ipv6.conf.all.forwarding": "1", "net.ipv4.ip_forward": "1"}


def static_path() -> FaultNetwork:
    """h1, two routers with two links between them, and h2. Requests take the first link, and replies the second."""
    lab = ad_hoc_lab(
        "faults",
        [
            Node(name=name, kind=Kind.HOST, start=start, sysctls=FORWARDS if name[0] == "r" else {})
            for name, start in ROUTES.items()
        ],
        [
            cable("h1:eth0", "r1:eth0", "2001:db8:1::10/64 10.0.1.10/24", "2001:db8:1::1/64 10.0.1.1/24"),
            cable("r1:eth1", "r2:eth1", "2001:db8:a::1/64 10.0.10.1/24", "2001:db8:a::2/64 10.0.10.2/24"),
            cable("r1:eth2", "r2:eth2", "2001:db8:b::1/64 10.0.11.1/24", "2001:db8:b::2/64 10.0.11.2/24"),
            cable("r2:eth0", "h2:eth0", "2001:db8:2::1/64 10.0.2.1/24", "2001:db8:2::10/64 10.0.2.10/24"),
        ],
    )
    goals = {
        "ping": Goal("ping", "h1", {"to": "2001:db8:2::10", "at": "h2"}),
        "ping4": Goal("ping", "h1", {"to": "10.0.2.10", "at": "h2"}),
        "matrix": Goal("reach.matrix", "h1", {"to": ["2001:db8:2::10"]}),
        "trace": Goal("path.trace", "h1", {"to": "2001:db8:2::10", "hops": ["2001:db8:1::1"]}),
        "size": Goal("path.mtu", "h1", {"to": "2001:db8:2::10", "mtu": ">=1400"}),
    }
    there, back = "2001:db8:2::/64", "2001:db8:1::/64"
    chains = (
        (
            *(f"ping route-missing@{where}" for where in (f"r1:{there}", f"r2:{back}", "h2:::/0")),
            *("ping route-missing@h1:::/0", "ping route-hop@h1:::/0", "ping route-loop@r2:2001:db8:2::10"),
            *(f"ping {what}@r1:{there}" for what in ("route-hop", "route-drops", "rule-blackhole", "neighbour-wrong")),
            *("ping forwarding@r1:ipv6", "ping firewall@r2:eth1", "ping firewall-replies@r1:eth0"),
            *("ping urpf@r2:eth1", "ping port-taken@r2:eth0"),
            *(
                "ping hop-limit@r1:eth0",
                "ping address-taken@r2:2001:db8:2::10",
                "ping ipv6-disabled@h2:eth0",
                "ping link-down@r2:eth0",
            ),
            *("ping link-down@r2:eth0 + firewall@r2:eth1", f"ping forwarding@r1:ipv6 + route-missing@r2:{back}"),
            *("ping no-echo", "ping one-hop", "ping narrow", "ping elsewhere"),
            *("matrix forwarding@r1:ipv6", f"trace route-missing@r2:{back}", "size too-big@r1:eth1"),
        ),
        ("ping4 route-missing@r1:10.0.2.0/24", "ping4 rp-filter@r2:eth1"),
    )
    elsewhere = (
        "nft add table ip6 m; nft add chain ip6 m f '{ type filter hook prerouting priority -300; }'; "
        "nft add rule ip6 m f ip6 daddr 2001:db8:2::10 ip6 daddr set 2001:db8:2::99"
    )
    extra = extra_faults(
        ("no-echo", "h2", *(f"sysctl -qw net.ipv6.icmp.echo_ignore_all={value}" for value in (1, 0))),
        ("one-hop", "h1", *(f"sysctl -qw net.ipv6.conf.eth0.hop_limit={value}" for value in (1, 64))),
        ("narrow", "r1", "tc qdisc add dev eth1 root bfifo limit 1", "tc qdisc del dev eth1 root"),
        ("elsewhere", "r1", elsewhere, "nft delete table ip6 m"),
    )
    return FaultNetwork(lab, goals, chains, extra)
