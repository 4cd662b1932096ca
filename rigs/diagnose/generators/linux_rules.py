"""Faults of hosts: commands that are typed or run at the start, packet filters, and services."""

import re
from collections.abc import Sequence
from ipaddress import ip_network

from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.generators.rules import Change, Found, Rule, line, missing, next_address, wrong
from rigs.diagnose.generators.sources import Syntax

FILTER = r"filter|drop|den(y|ies)|accept|block|rule|nft"


def bash(thing: str, pattern: str, *changes: Change, objects: Sequence[str] = (), mode: str = "") -> Rule:
    return Rule(Syntax.BASH, thing, pattern, changes, tuple(objects), mode)


def nft(thing: str, pattern: str, *changes: Change, objects: Sequence[str] = ()) -> Rule:
    return Rule(Syntax.NFT, thing, pattern, changes, tuple(objects), r"chain")


def service(thing: str, pattern: str, *changes: Change, objects: Sequence[str] = ()) -> Rule:
    return Rule(Syntax.SERVICE, thing, pattern, changes, tuple(objects))


def _other_gateway(found: Found) -> Sequence[str] | None:
    other = next_address(found["to"])
    return (found.statement.text.replace(f"via {found['to']}", f"via {other}"),) if other else None


def _dropped(found: Found) -> Sequence[str] | None:
    return (f"blackhole {found['prefix']}".join(found.statement.text.split(f"{found['prefix']} via {found['to']}")),)


def _part(found: Found) -> Sequence[str] | None:
    """A route to the upper half of the prefix: the lower half, where labs have their hosts, is not covered."""
    if found["prefix"] == "default":
        return None
    _low, high = ip_network(found["prefix"], strict=False).subnets(1)
    return (found.statement.text.replace(found["prefix"], str(high)),)


def _after_drop(found: Found) -> Sequence[str] | None:
    """The rule behind one that drops everything."""
    head = re.match(r"nft add rule \S+ \S+ \S+", found.statement.text)
    return (f"{head[0]} counter drop", found.statement.text) if head else None


def _other_port(found: Found) -> Sequence[str] | None:
    return (re.sub(r"dport (\{ )?\d+", r"dport \g<1>4433", found.statement.text),)


LINUX_RULES = (
    bash(
        "route",
        r"ip (-[46] )?route (add|replace) (?P<prefix>default|[0-9a-f:.]+/\d+) via (?P<to>[0-9a-f:.]+)( .*)?",
        missing("the route to {prefix} is missing", r"route"),
        Change(
            FaultKind.WRONG_VALUE,
            _other_gateway,
            "the next hop of {prefix} is an address that nobody has",
            r"route|next hop|sends|gateway",
        ),
        Change(FaultKind.WRONG_VALUE, _part, "the route to {prefix} covers only a half", r"route"),
        Change(FaultKind.EXTRA, _dropped, "the route to {prefix} drops packets", r"blackhole|drops"),
        objects=("prefix", "to"),
    ),
    bash(
        "blackhole route",
        r"ip (-[46] )?route (add|replace) blackhole (?P<prefix>[0-9a-f:.]+/\d+)",
        missing("the blackhole route {prefix} is missing", r"route|loop"),
        objects=("prefix",),
    ),
    bash(
        "address",
        r"ip (-[46] )?addr(ess)? add (?P<address>[0-9a-f:.]+/(?P<length>\d+)) dev (?P<port>\S+)( .*)?",
        missing("{port} has no address {address}", r"address"),
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: (f.statement.text.replace(f"/{f['length']}", "/126"),) if f["length"] == "64" else None,
            "the prefix length of {address} is 126",
            r"length|/126|subnet|prefix",
        ),
        Change(
            FaultKind.WRONG_PLACE,
            lambda f: (f.statement.text.replace(f"dev {f['port']}", "dev lo"),) if f["port"] != "lo" else None,
            "{address} is on lo, not on {port}",
            r"address|\blo\b",
        ),
        objects=("address", "port"),
    ),
    bash(
        "link MTU",
        r"ip link set (dev )?(?P<port>\S+) mtu (?P<value>\d+)",
        missing("{port} has not the MTU {value}", r"MTU"),
        objects=("port",),
    ),
    bash(
        "service process",
        r"(?P<program>nginx|unbound|dnsmasq|stayrtr|radvd|named|kea-dhcp6|dhcpcd)\b.*",
        Change(FaultKind.NOT_LOADED, lambda _found: (), "{program} does not run", r"run|listen|refuse|stopped|started"),
        objects=("program", "listens", "port", "service"),
    ),
    bash(
        "packet filter rule",
        r"nft add rule (?P<table>\S+ \S+) (?P<chain>\S+) (?P<what>.*) accept",
        missing("the chain {chain} does not accept {what}", FILTER),
        line(
            FaultKind.WRONG_VALUE,
            "nft add rule {table} {chain} {what} counter drop",
            "the chain {chain} drops {what}",
            FILTER,
        ),
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: _other_port(f) if "dport" in f["what"] else None,
            "the chain {chain} accepts another port than in {what}",
            FILTER + "|port",
        ),
        Change(FaultKind.WRONG_ORDER, _after_drop, "the chain {chain} drops everything before {what}", FILTER),
        objects=("chain", "packet filter", "filter"),
    ),
    bash(
        "packet filter rule",
        r"nft add rule (?P<table>\S+ \S+) (?P<chain>\S+) (?P<what>.*) drop",
        missing("the chain {chain} does not drop {what}", FILTER),
        objects=("chain", "packet filter", "filter"),
    ),
    nft(
        "packet filter rule",
        r"(?P<what>.+) (counter )?accept;?",
        missing("a packet filter does not accept {what}", FILTER),
        wrong("{what} counter drop", "a packet filter drops {what}", FILTER),
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: _other_port(f) if "dport" in f["what"] else None,
            "a packet filter accepts another port than in {what}",
            FILTER + "|port",
        ),
        Change(
            FaultKind.WRONG_ORDER,
            lambda f: ("counter drop", f.statement.text),
            "a packet filter drops everything before {what}",
            FILTER,
        ),
        objects=("packet filter", "filter", "chain", "rule"),
    ),
    nft(
        "packet filter rule",
        r"(?P<what>.+) (counter )?drop;?",
        missing("a packet filter does not drop {what}", FILTER),
        wrong("{what} accept", "a packet filter accepts {what}", FILTER),
        objects=("packet filter", "filter", "chain", "rule"),
    ),
    # services
    service(
        "service port",
        r"listen (?P<address>\[::\]|\S+):(?P<port>\d+)(?P<rest>.*);",
        wrong("listen {address}:8{port}{rest};", "nginx listens on port 8{port}, not on {port}", r"listen|port|refuse"),
        objects=("port", "nginx", "listens", "listening"),
    ),
    service(
        "service name",
        r"server_name (?P<name>\S+);",
        wrong("server_name other.{name};", "nginx answers for another name than {name}", r"name|server"),
        objects=("name", "nginx", "server_name"),
    ),
    service(
        "DNS record",
        r'local-data: "(?P<name>\S+) (?P<rest>.* )(?P<address>[0-9a-f:.]+)"',
        missing("the zone has no record {name}", r"record|name|NXDOMAIN|zone"),
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: (f.statement.text.replace(f["address"], next_address(f["address"]) or ""),),
            "the record {name} has the wrong address",
            r"record|address|answer",
        ),
        objects=("name", "address", "record"),
    ),
    service(
        "DNS access",
        r"access-control: (?P<prefix>\S+) allow",
        missing("the resolver refuses clients of {prefix}", r"access|refuse|allow"),
        wrong("access-control: {prefix} refuse", "the resolver refuses clients of {prefix}", r"access|refuse|allow"),
        objects=("prefix", "access-control", "resolver", "unbound", "REFUSED"),
    ),
    service(
        "DNS interface",
        r"interface: (?P<address>[0-9a-f:.]+)",
        wrong("interface: ::1", "the resolver listens on ::1 only", r"listen|refuse|interface"),
        objects=("address", "unbound", "resolver", "::1", "listens"),
    ),
    service(
        "DNS forwarding",
        r"forward-addr: (?P<address>[0-9a-f:.]+)",
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: (f"forward-addr: {next_address(f['address'])}",),
            "the resolver asks an address that nobody has",
            r"forward|upstream|SERVFAIL|asks",
        ),
        objects=("address", "forward-addr", "unbound", "resolver", "upstream"),
    ),
    service(
        "ROA",
        r'(?P<before>.*"prefix": "(?P<prefix>[0-9a-f:]+/\d+)".*"asn": "?(AS)?)(?P<number>\d+)(?P<after>.*)',
        line(
            FaultKind.WRONG_VALUE,
            "{before}64499{after}",
            "the ROA of {prefix} names AS 64499, not AS {number}",
            r"ROA|origin|invalid|\bAS\b",
        ),
        objects=("prefix", "64499"),
    ),
    service(
        "ROA",
        r'(?P<before>.*"asn": "?(AS)?)(?P<number>\d+)(?P<middle>".*"prefix": "(?P<prefix>[0-9a-f:]+/\d+)".*)',
        line(
            FaultKind.WRONG_VALUE,
            "{before}64499{middle}",
            "the ROA of {prefix} names AS 64499, not AS {number}",
            r"ROA|origin|invalid|\bAS\b",
        ),
        objects=("prefix", "64499"),
    ),
    service(
        "RA option",
        r"(?P<what>AdvSendAdvert|AdvAutonomous|AdvOnLink) on;",
        wrong("{what} off;", "radvd has {what} off", r"advertise|A flag|autonom|on.link|silent"),
        objects=("radvd", "flag", "advertisements", "advertises"),
    ),
    service(
        "RA option",
        r"AdvDefaultLifetime (?P<value>\d+);",
        wrong("AdvDefaultLifetime 0;", "radvd advertises the router lifetime 0", r"lifetime"),
        objects=("radvd", "lifetime"),
    ),
    service(
        "DHCPv6 pool",
        r'.*"(?P<what>pool|prefix)": "(?P<prefix>[0-9a-f:]+[^"]*)".*',
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: (
                f.statement.text.replace(
                    f["prefix"], "2001:db8:dead::" + (f["prefix"].partition("::")[2] if "/" in f["prefix"] else "")
                ),
            ),
            "the {what} {prefix} is another one",
            r"pool|prefix|delegat|lease",
        ),
        objects=("prefix", "pool", "2001:db8:dead::", *(f"2001:db8:dead::/{length}" for length in range(32, 65, 8))),
    ),
)
