"""Networks between operators: a route server at an exchange, and BIRD with an RPKI cache."""

import json

from labs.engine.definition.spec import Check, Kind, Lab, Node
from rigs.diagnose.labs.building import bird, cable, check, file, frr, host, rig_lab

FAST = "  connect delay time 1;\n  connect retry time 1;\n  error wait time 1, 2;\n"
SERVER = """router id 10.0.0.1;
filter from_members {
  if net.len > 48 then reject;
  accept;
}
"""
SESSION = """protocol bgp m{number} {{
  local 2001:db8:99::1 as 64500;
  neighbor 2001:db8:99::{number} as 6450{number};
  rs client;
{fast}  ipv6 {{
    import filter from_members;
    export all;
  }};
}}
"""
MEMBER = """router id 10.0.0.{number};
protocol kernel {{
  ipv6 {{
    export where source = RTS_BGP;
  }};
}}
protocol static own {{
  ipv6;
  route 2001:db8:50{number}::/48 blackhole;
}}
protocol bgp exchange {{
  local 2001:db8:99::{number} as 6450{number};
  neighbor 2001:db8:99::1 as 64500;
{fast}  ipv6 {{
    import all;
    export where source = RTS_STATIC;
  }};
}}
"""
FRR_MEMBER = """ipv6 route 2001:db8:502::/48 blackhole
bgp route-map delay-timer 1
ipv6 prefix-list OURS seq 10 permit 2001:db8:502::/48
ipv6 prefix-list GOOD seq 10 deny 2001:db8:502::/48 le 128
ipv6 prefix-list GOOD seq 20 permit ::/0 le 48
route-map IN permit 10
 match ipv6 address prefix-list GOOD
exit
route-map OUT permit 10
 match ipv6 address prefix-list OURS
exit
router bgp 64502
 bgp router-id 10.0.0.2
 no bgp default ipv4-unicast
 no bgp enforce-first-as
 neighbor 2001:db8:99::1 remote-as 64500
 neighbor 2001:db8:99::1 timers connect 1
 no neighbor 2001:db8:99::1 enforce-first-as
 address-family ipv6 unicast
  network 2001:db8:502::/48
  neighbor 2001:db8:99::1 activate
  neighbor 2001:db8:99::1 route-map IN in
  neighbor 2001:db8:99::1 route-map OUT out
 exit-address-family
exit
"""


def _exchange_checks() -> list[Check]:
    """The checks of ``exchange``."""
    sessions = [
        check(f"session-{n}", "bgp.session", "rs", peer=f"2001:db8:99::{n}", remote_as=64500 + n, received=">=1")
        for n in (2, 3, 4)
    ]
    return [
        *sessions,
        check(
            "path-3",
            "bgp.route",
            "m2",
            "session-2",
            "session-3",
            prefix="2001:db8:503::/48",
            as_path="64503",
            best=True,
        ),
        check(
            "path-4",
            "bgp.route",
            "m2",
            "session-2",
            "session-4",
            prefix="2001:db8:504::/48",
            as_path="64504",
            best=True,
        ),
        check("path-2", "bgp.route", "m3", "session-2", "session-3", prefix="2001:db8:502::/48", as_path="64502"),
        check(
            "next-hop",
            "bgp.route",
            "m3",
            "session-3",
            "session-4",
            prefix="2001:db8:504::/48",
            next_hop=["2001:db8:99::4"],
        ),
        check("reach-3", "ping", "m2", "path-3", "path-2", to="2001:db8:503::1", at="m3", source="2001:db8:502::1"),
        check("reach-4", "ping", "m3", "next-hop", to="2001:db8:504::1", at="m4", source="2001:db8:503::1"),
    ]


def exchange() -> Lab:
    """A route server and three members on one switch."""
    server = SERVER + "".join(SESSION.format(number=number, fast=FAST) for number in (2, 3, 4))
    nodes = [
        bird("rs", server, learner=True),
        frr("m2", FRR_MEMBER, "bgpd", loopback=("2001:db8:502::1/128",)),
        *(
            bird(f"m{n}", MEMBER.format(number=n, fast=FAST), loopback=(f"2001:db8:50{n}::1/128",), learner=n == 3)
            for n in (3, 4)
        ),
        Node(name="sw", kind=Kind.SWITCH),
    ]
    links = [
        cable("rs:eth0", "sw:p1", "2001:db8:99::1/64"),
        *(cable(f"m{n}:eth0", f"sw:p{n}", f"2001:db8:99::{n}/64") for n in (2, 3, 4)),
    ]
    checks = _exchange_checks()
    return rig_lab("exchange", nodes, links, checks)


ROAS = [
    {"prefix": "3fff:496::/32", "maxLength": 32, "asn": "AS64496"},
    {"prefix": "3fff:505::/32", "maxLength": 32, "asn": "AS64505"},
]
VRPS = (
    '{\n  "metadata": {"buildtime": "2026-01-01T00:00:00Z"},\n  "roas": [\n    '
    + ",\n    ".join(json.dumps(one) for one in ROAS)
    + "\n  ]\n}\n"
)
CACHE = "stayrtr -bind [::]:3323 -cache /etc/vrps.json -checktime=false -metrics.addr '' -refresh 2 </dev/null >/run/s.log 2>&1 &"
VALIDATOR = """router id 10.0.0.1;
roa6 table r6;
protocol rpki cache {{
  roa6 {{ table r6; }};
  remote 2001:db8:500:3::10 port 3323;
  retry keep 2;
  refresh keep 3;
}}
filter valid_only {{
  if roa_check(r6, net, bgp_path.last) = ROA_INVALID then reject;
  accept;
}}
protocol kernel {{
  ipv6 {{
    export where source = RTS_BGP;
  }};
}}
protocol static own {{
  ipv6;
  route 2001:db8:500::/48 blackhole;
}}
protocol bgp up {{
  local 3fff:496:0:1::2 as 64500;
  neighbor 3fff:496:0:1::1 as 64496;
{fast}  ipv6 {{
    import table on;
    import filter valid_only;
    export where source = RTS_STATIC;
  }};
}}
protocol bgp peer {{
  local 3fff:511:0:1::2 as 64500;
  neighbor 3fff:511:0:1::1 as 64511;
{fast}  ipv6 {{
    import table on;
    import filter valid_only;
    export where source = RTS_STATIC;
  }};
}}
"""
SENDER = """router id {id};
protocol kernel {{
  ipv6 {{
    export where source = RTS_BGP;
  }};
}}
protocol static own {{
  ipv6;
{routes}}}
protocol bgp r1 {{
  local {own} as {number};
  neighbor {peer} as 64500;
{fast}  ipv6 {{
    import all;
    export where source = RTS_STATIC;
  }};
}}
"""


def rpki_bird() -> Lab:
    """A BIRD router with an RPKI cache; one neighbour announces what the ROAs forbid."""
    up = SENDER.format(
        id="10.0.0.96",
        own="3fff:496:0:1::1",
        number=64496,
        peer="3fff:496:0:1::2",
        fast=FAST,
        routes="  route 3fff:496::/32 blackhole;\n",
    )
    peer = SENDER.format(
        id="10.0.0.111",
        own="3fff:511:0:1::1",
        number=64511,
        peer="3fff:511:0:1::2",
        fast=FAST,
        routes="  route 3fff:511::/32 blackhole;\n  route 3fff:505::/32 blackhole;\n",
    )
    nodes = [
        bird("r1", VALIDATOR.format(fast=FAST), learner=True),
        host("cache", "ip -6 route add default via 2001:db8:500:3::1", CACHE, files=(file("/etc/vrps.json", VRPS),)),
        host("h1", "ip -6 route add default via 2001:db8:500:1::1"),
        bird("up", up, loopback=("3fff:496::1/128",)),
        bird("peer", peer, loopback=("3fff:511::1/128",)),
    ]
    links = [
        cable("r1:eth0", "h1:eth0", "2001:db8:500:1::1/64", "2001:db8:500:1::10/64"),
        cable("r1:eth3", "cache:eth0", "2001:db8:500:3::1/64", "2001:db8:500:3::10/64"),
        cable("r1:eth1", "up:eth0", "3fff:496:0:1::2/64", "3fff:496:0:1::1/64"),
        cable("r1:eth2", "peer:eth0", "3fff:511:0:1::2/64", "3fff:511:0:1::1/64"),
    ]
    checks = [
        check("cache", "rpki.cache", "r1", within=30.0, address="2001:db8:500:3::10", port=3323),
        check("roa", "rpki.vrp", "r1", "cache", prefix="3fff:496::/32", origin_as=64496),
        check("session-up", "bgp.session", "r1", peer="3fff:496:0:1::1", remote_as=64496),
        check("session-peer", "bgp.session", "r1", peer="3fff:511:0:1::1", remote_as=64511),
        check("valid", "bgp.route", "r1", "session-up", "roa", prefix="3fff:496::/32", origin_as=64496),
        check("not-found", "bgp.route", "r1", "session-peer", prefix="3fff:511::/32"),
        check("invalid", "bgp.route", "r1", "roa", controls="valid not-found", prefix="3fff:505::/32", present=False),
        check("own-at-up", "bgp.route", "up", "session-up", prefix="2001:db8:500::/48"),
        check("reach", "ping", "h1", "valid", "own-at-up", to="3fff:496::1", at="up"),
        check("reach-peer", "ping", "h1", "not-found", to="3fff:511::1", at="peer"),
    ]
    return rig_lab("rpki-bird", nodes, links, checks)
