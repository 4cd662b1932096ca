"""Networks of one operator: OSPFv3 with areas, OSPFv2, IS-IS, and an iBGP backbone with a route reflector."""

from labs.engine.definition.spec import Check, Lab
from rigs.diagnose.labs.building import bird, cable, check, frr, host, rig_lab

OSPF6_PORT = """interface {port}
 ipv6 ospf6 area {area}
 ipv6 ospf6 network point-to-point
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
exit
"""
OSPF6_STUB = "interface {port}\n ipv6 ospf6 area {area}\n ipv6 ospf6 passive\nexit\n"


def _ospf6(number: int, ports: dict[str, str], passive: dict[str, str], *more: str) -> str:
    parts = [OSPF6_PORT.format(port=port, area=area) for port, area in ports.items()]
    parts += [OSPF6_STUB.format(port=port, area=area) for port, area in passive.items()]
    inside = "".join(f" {line}\n" for line in more)
    return "".join(parts) + f"router ospf6\n ospf6 router-id 10.0.0.{number}\n{inside}exit\n"


def ospf_areas() -> Lab:
    """r1 and r2 in area 0, r3 in area 1 behind r2, r4 in the stub area 2 behind r1; r1 imports a static route."""
    nodes = [
        frr(
            "r1",
            "ipv6 route 2001:db8:e::/48 blackhole\n"
            + _ospf6(1, {"eth0": "0", "eth1": "2"}, {}, "area 2 stub", "redistribute static"),
            "ospf6d",
        ),
        frr("r2", _ospf6(2, {"eth0": "0", "eth1": "1"}, {}), "ospf6d"),
        frr("r3", _ospf6(3, {"eth0": "1"}, {"eth1": "1"}), "ospf6d"),
        frr("r4", _ospf6(4, {"eth0": "2"}, {"eth1": "2"}, "area 2 stub"), "ospf6d"),
        host("h3", "ip -6 route add default via 2001:db8:3::1"),
        host("h4", "ip -6 route add default via 2001:db8:4::1"),
    ]
    links = [
        cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64"),
        cable("r2:eth1", "r3:eth0", "2001:db8:23::2/64", "2001:db8:23::3/64"),
        cable("r1:eth1", "r4:eth0", "2001:db8:14::1/64", "2001:db8:14::4/64"),
        cable("r3:eth1", "h3:eth0", "2001:db8:3::1/64", "2001:db8:3::10/64"),
        cable("r4:eth1", "h4:eth0", "2001:db8:4::1/64", "2001:db8:4::10/64"),
    ]
    checks = [
        check("adjacency-12", "ospf6.neighbor", "r1", interface="eth0", router_id="10.0.0.2"),
        check("adjacency-23", "ospf6.neighbor", "r2", interface="eth1", router_id="10.0.0.3"),
        check("adjacency-14", "ospf6.neighbor", "r1", interface="eth1", router_id="10.0.0.4"),
        check(
            "inter-area", "ospf6.route", "r1", "adjacency-12", "adjacency-23", prefix="2001:db8:3::/64", type="inter"
        ),
        check(
            "external", "ospf6.route", "r3", "adjacency-12", "adjacency-23", prefix="2001:db8:e::/48", type="external2"
        ),
        check("default", "ospf6.route", "r4", "adjacency-14", prefix="::/0"),
        check("host-3", "fib.route", "r4", "adjacency-14", prefix="2001:db8:3::/64", protocol="ospf"),
        check("reach", "ping", "h3", "inter-area", "host-3", to="2001:db8:4::10", at="h4"),
        check("reach-back", "ping", "h4", "reach", to="2001:db8:3::10", at="h3"),
    ]
    return rig_lab("ospf-areas", nodes, links, checks)


OSPF_PORT = """interface {port}
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 4
exit
"""


def _ospf(number: int, ports: str, passive: str = "") -> str:
    parts = [OSPF_PORT.format(port=port) for port in ports.split()]
    parts += [f"interface {port}\n ip ospf area 0\n ip ospf passive\nexit\n" for port in passive.split()]
    return "".join(parts) + f"router ospf\n ospf router-id 10.0.0.{number}\nexit\n"


def office_ipv4() -> Lab:
    """Three routers with OSPFv2, and a host at either end."""
    nodes = [
        frr("r1", _ospf(1, "eth0", "eth1"), "ospfd"),
        frr("r2", _ospf(2, "eth0 eth1"), "ospfd"),
        frr("r3", _ospf(3, "eth0", "eth1"), "ospfd"),
        host("h1", "ip route add default via 192.0.2.1"),
        host("h3", "ip route add default via 203.0.113.1"),
    ]
    links = [
        cable("r1:eth0", "r2:eth0", "198.51.100.1/30", "198.51.100.2/30"),
        cable("r2:eth1", "r3:eth0", "198.51.100.5/30", "198.51.100.6/30"),
        cable("r1:eth1", "h1:eth0", "192.0.2.1/24", "192.0.2.10/24"),
        cable("r3:eth1", "h3:eth0", "203.0.113.1/24", "203.0.113.10/24"),
    ]
    checks = [
        check("adjacency-12", "ospf.neighbor", "r1", interface="eth0", router_id="10.0.0.2"),
        check("adjacency-23", "ospf.neighbor", "r2", interface="eth1", router_id="10.0.0.3"),
        check("route-3", "ospf.route", "r1", "adjacency-12", "adjacency-23", prefix="203.0.113.0/24"),
        check("route-1", "fib.route", "r3", "adjacency-12", "adjacency-23", prefix="192.0.2.0/24", protocol="ospf"),
        check("reach", "ping", "h1", "route-3", "route-1", to="203.0.113.10", at="h3"),
        check("web", "flow.allow", "h1", "reach", to="h3", address="203.0.113.10", protocol="tcp", port=443),
    ]
    return rig_lab("office-ipv4", nodes, links, checks)


ISIS_PORT = """interface {port}
 ipv6 router isis CORE
 isis circuit-type level-2-only
 isis network point-to-point
 isis hello-interval 1
 isis hello-multiplier 3
 isis metric 10
exit
"""


def _isis(number: int, ports: str, passive: str = "") -> str:
    parts = [ISIS_PORT.format(port=port) for port in ports.split()]
    parts += [f"interface {port}\n ipv6 router isis CORE\n isis passive\nexit\n" for port in passive.split()]
    net = f"49.0001.0000.0000.000{number}.00"
    return (
        "".join(parts)
        + f"router isis CORE\n net {net}\n is-type level-2-only\n lsp-gen-interval 1\n topology ipv6-unicast\nexit\n"
    )


def isis_core() -> Lab:
    """Four routers in a ring with IS-IS, level 2, and two hosts."""
    nodes = [
        frr("r1", _isis(1, "eth0 eth1", "eth2"), "isisd"),
        frr("r2", _isis(2, "eth0 eth1"), "isisd"),
        frr("r3", _isis(3, "eth0 eth1", "eth2"), "isisd"),
        frr("r4", _isis(4, "eth0 eth1").replace("isis metric 10", "isis metric 100"), "isisd"),
        host("h1", "ip -6 route add default via 2001:db8:1::1"),
        host("h3", "ip -6 route add default via 2001:db8:3::1"),
    ]
    links = [
        cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64"),
        cable("r2:eth1", "r3:eth0", "2001:db8:23::2/64", "2001:db8:23::3/64"),
        cable("r3:eth1", "r4:eth0", "2001:db8:34::3/64", "2001:db8:34::4/64"),
        cable("r4:eth1", "r1:eth1", "2001:db8:14::4/64", "2001:db8:14::1/64"),
        cable("r1:eth2", "h1:eth0", "2001:db8:1::1/64", "2001:db8:1::10/64"),
        cable("r3:eth2", "h3:eth0", "2001:db8:3::1/64", "2001:db8:3::10/64"),
    ]
    checks = [
        check("adjacency-12", "isis.adjacency", "r1", interface="eth0", neighbor="r2", level=2),
        check("adjacency-23", "isis.adjacency", "r2", interface="eth1", neighbor="r3", level=2),
        check("adjacency-34", "isis.adjacency", "r3", interface="eth1", neighbor="r4", level=2),
        check("adjacency-41", "isis.adjacency", "r4", interface="eth1", neighbor="r1", level=2),
        check("route-3", "isis.route", "r1", prefix="2001:db8:3::/64", level=2),
        check("best-path", "fib.route", "r1", "route-3", prefix="2001:db8:3::/64", dev={"exact": ["eth0"]}),
        check("route-1", "isis.route", "r3", prefix="2001:db8:1::/64", level=2),
        check("reach", "ping", "h1", "route-3", "route-1", to="2001:db8:3::10", at="h3"),
    ]
    return rig_lab("isis-core", nodes, links, checks)


IBGP = """{ospf}ipv6 route 2001:db8:500::/48 blackhole
bgp route-map delay-timer 1
ipv6 prefix-list OWN seq 10 permit 2001:db8:500::/48
ipv6 prefix-list CUSTOMER seq 10 permit 2001:db8:502::/48
route-map ALL permit 10
exit
route-map FROM-CUSTOMER permit 10
 match ipv6 address prefix-list CUSTOMER
 set local-preference 200
exit
route-map TO-UP permit 10
 match ipv6 address prefix-list OWN
exit
route-map TO-UP permit 20
 match ipv6 address prefix-list CUSTOMER
exit
router bgp 64500
 bgp router-id 10.0.0.{number}
 no bgp default ipv4-unicast
 neighbor 2001:db8:500:ff::9 remote-as 64500
 neighbor 2001:db8:500:ff::9 update-source lo
 neighbor 2001:db8:500:ff::9 timers 3 9
 neighbor 2001:db8:500:ff::9 timers connect 1
 neighbor {peer} remote-as {other}
 neighbor {peer} timers connect 1
 address-family ipv6 unicast
  network 2001:db8:500::/48
  neighbor 2001:db8:500:ff::9 activate
  neighbor 2001:db8:500:ff::9 next-hop-self
  neighbor {peer} activate
  neighbor {peer} route-map {policy_in} in
  neighbor {peer} route-map {policy_out} out
 exit-address-family
exit
"""
REFLECTOR = """{ospf}router bgp 64500
 bgp router-id 10.0.0.9
 no bgp default ipv4-unicast
 neighbor 2001:db8:500:ff::1 remote-as 64500
 neighbor 2001:db8:500:ff::1 update-source lo
 neighbor 2001:db8:500:ff::1 timers 3 9
 neighbor 2001:db8:500:ff::1 timers connect 1
 neighbor 2001:db8:500:ff::2 remote-as 64500
 neighbor 2001:db8:500:ff::2 update-source lo
 neighbor 2001:db8:500:ff::2 timers 3 9
 neighbor 2001:db8:500:ff::2 timers connect 1
 address-family ipv6 unicast
  neighbor 2001:db8:500:ff::1 activate
  neighbor 2001:db8:500:ff::1 route-reflector-client
  neighbor 2001:db8:500:ff::2 activate
  neighbor 2001:db8:500:ff::2 route-reflector-client
 exit-address-family
exit
"""
NEIGHBOUR = """router id {id};
protocol kernel {{
  ipv6 {{
    export where source = RTS_BGP;
  }};
}}
protocol static own {{
  ipv6;
  route {net} blackhole;
}}
protocol bgp backbone {{
  local {own} as {number};
  neighbor {peer} as 64500;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv6 {{
    import all;
    export where source = RTS_STATIC;
  }};
}}
"""


def _backbone_checks() -> list[Check]:
    """The checks of ``ibgp_backbone``."""
    return [
        check("ibgp-1", "bgp.session", "r1", peer="2001:db8:500:ff::9", remote_as=64500),
        check("ibgp-2", "bgp.session", "r2", peer="2001:db8:500:ff::9", remote_as=64500),
        check("ebgp-1", "bgp.session", "r1", peer="3fff:496:0:1::1", received=">=1"),
        check("ebgp-2", "bgp.session", "r2", peer="2001:db8:500:c::2", received=">=1"),
        check(
            "customer-at-1",
            "bgp.route",
            "r1",
            "ibgp-1",
            "ibgp-2",
            "ebgp-2",
            prefix="2001:db8:502::/48",
            valid=True,
            local_pref=200,
        ),
        check("up-at-2", "bgp.route", "r2", "ibgp-1", "ibgp-2", "ebgp-1", prefix="3fff:496::/32", best=True),
        check("customer-at-up", "bgp.route", "up", "customer-at-1", prefix="2001:db8:502::/48", origin_as=64502),
        check("up-at-customer", "bgp.route", "customer", "up-at-2", prefix="3fff:496::/32", origin_as=64496),
        check(
            "reach",
            "ping",
            "customer",
            "customer-at-up",
            "up-at-customer",
            to="3fff:496::1",
            at="up",
            source="2001:db8:502::1",
        ),
    ]


def ibgp_backbone() -> Lab:
    """Two edge routers and a route reflector between them: OSPFv3 for the loopbacks, iBGP over them, an AS at either edge."""
    one = IBGP.format(
        ospf=_ospf6(1, {"eth0": "0"}, {"lo": "0"}),
        number=1,
        peer="3fff:496:0:1::1",
        other=64496,
        policy_in="ALL",
        policy_out="TO-UP",
    )
    two = IBGP.format(
        ospf=_ospf6(2, {"eth0": "0"}, {"lo": "0"}),
        number=2,
        peer="2001:db8:500:c::2",
        other=64502,
        policy_in="FROM-CUSTOMER",
        policy_out="ALL",
    )
    nine = REFLECTOR.format(ospf=_ospf6(9, {"eth0": "0", "eth1": "0"}, {"lo": "0"}))
    up = NEIGHBOUR.format(
        id="10.0.0.96", net="3fff:496::/32", own="3fff:496:0:1::1", number=64496, peer="3fff:496:0:1::2"
    )
    customer = NEIGHBOUR.format(
        id="10.0.0.102", net="2001:db8:502::/48", own="2001:db8:500:c::2", number=64502, peer="2001:db8:500:c::1"
    )
    nodes = [
        frr("r1", one, "ospf6d", "bgpd", loopback=("2001:db8:500:ff::1/128",)),
        frr("r2", two, "ospf6d", "bgpd", loopback=("2001:db8:500:ff::2/128",)),
        frr("rr", nine, "ospf6d", "bgpd", loopback=("2001:db8:500:ff::9/128",)),
        bird("up", up, loopback=("3fff:496::1/128",)),
        bird("customer", customer, loopback=("2001:db8:502::1/128",)),
    ]
    links = [
        cable("r1:eth0", "rr:eth0", "2001:db8:500:19::1/64", "2001:db8:500:19::9/64"),
        cable("r2:eth0", "rr:eth1", "2001:db8:500:29::2/64", "2001:db8:500:29::9/64"),
        cable("r1:eth1", "up:eth0", "3fff:496:0:1::2/64", "3fff:496:0:1::1/64"),
        cable("r2:eth1", "customer:eth0", "2001:db8:500:c::1/64", "2001:db8:500:c::2/64"),
    ]
    checks = _backbone_checks()
    return rig_lab("ibgp-backbone", nodes, links, checks)
