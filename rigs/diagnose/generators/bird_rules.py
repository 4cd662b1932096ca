"""Faults of BIRD's configuration: protocols, channels, filters and routes."""

from collections.abc import Sequence

from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.generators.rules import WRONG_AS, Change, Rule, line, missing, wrong
from rigs.diagnose.generators.sources import Syntax

BGP, OSPF, CHANNEL = r"protocol bgp|template bgp", r"protocol ospf", r"ipv[46]"
POLICY = r"polic|filter|import|export|den(y|ies)|drop|reject|accept"


def bird(
    thing: str, pattern: str, *changes: Change, objects: Sequence[str] = (), mode: str = "", symmetric: bool = False
) -> Rule:
    return Rule(Syntax.BIRD, thing, pattern, changes, tuple(objects), mode, symmetric)


BIRD_RULES = (
    bird(
        "BIRD protocol",
        r"(?P<head>protocol (?P<kind>bgp|ospf v3|ospf v2) (?P<name>\w+)( from \w+)?) \{",
        Change(
            FaultKind.NOT_LOADED,
            lambda f: (f"{f['head']} {{", "  disabled;"),
            "the protocol {name} is disabled",
            r"disabled|\boff\b|enable",
        ),
        objects=("name",),
        symmetric=True,
    ),
    bird(
        "BIRD neighbour",
        r"neighbor (?P<peer>[0-9a-f:.]+) as (?P<number>\d+);",
        wrong(
            f"neighbor {{peer}} as {WRONG_AS};", f"the neighbor {{peer}} is in AS {WRONG_AS}, not {{number}}", r"\bAS\b"
        ),
        objects=("peer", WRONG_AS),
        symmetric=True,
    ),
    bird(
        "BIRD neighbour",
        r"local (?P<own>[0-9a-f:.]+) as (?P<number>\d+);",
        wrong(f"local {{own}} as {WRONG_AS};", f"the local AS is {WRONG_AS}, not {{number}}", r"\bAS\b"),
        objects=("own", WRONG_AS),
        symmetric=True,
    ),
    bird(
        "BIRD channel",
        r"import (all|filter .*|where .*)(?P<end>[;{])",
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: ("import none;",) if f["end"] == ";" else None,
            "{head} imports nothing",
            r"import|" + POLICY,
        ),
        objects=("import", "imports", "policy", "import policy", "filter"),
        mode=CHANNEL,
    ),
    bird(
        "BIRD channel",
        r"export (all|filter .*|where .*)(?P<end>[;{])",
        Change(
            FaultKind.WRONG_VALUE,
            lambda f: ("export none;",) if f["end"] == ";" else None,
            "{head} exports nothing",
            r"export|" + POLICY,
        ),
        objects=("export", "exports", "policy", "export policy", "filter", "kernel"),
        mode=CHANNEL,
    ),
    bird(
        "BIRD filter",
        r"(?P<before>.*\b)reject;(?P<after>.*)",
        line(
            FaultKind.WRONG_VALUE,
            "{before}accept;{after}",
            "the filter accepts what it should reject: {before}",
            POLICY + "|accept|invalid",
        ),
        objects=("filter", "policy", "policies"),
        mode=r"(filter|function|if|import|export)",
    ),
    bird(
        "BIRD filter",
        r"accept;",
        line(FaultKind.WRONG_VALUE, "reject;", "the filter rejects what it should accept", POLICY),
        objects=("filter", "policy", "import policy", "export policy"),
        mode=r"(filter|function|import|export)",
    ),
    bird(
        "BIRD static route",
        r"route (?P<prefix>[0-9a-f:.]+/\d+) .*;",
        missing("the static route {prefix} is missing", r"route|originat|network|announc"),
        objects=("prefix",),
        mode=r"protocol static",
    ),
    bird(
        "BIRD OSPF interface",
        r'interface "(?P<name>\w+)" \{',
        line(
            FaultKind.WRONG_VALUE,
            'interface "eth9" {{',
            "OSPF runs on eth9, not on {name}",
            r"enabled|interface|not on|OSPF",
        ),
        objects=("name",),
        mode=r"area",
        symmetric=True,
    ),
    bird(
        "BIRD OSPF timers",
        r"(?P<what>hello|dead) (?P<value>\d+);",
        wrong("{what} 7;", "the {what} interval is 7, not {value}", r"hello|dead|interval"),
        objects=("head", "hello", "dead", "intervals"),
        symmetric=True,
    ),
    bird(
        "BIRD OSPF area",
        r"area (?P<area>[0-9.]+) \{",
        wrong("area 9 {{", "the interfaces are in area 9, not {area}", r"area"),
        objects=("9", "area"),
        mode=OSPF,
    ),
    bird(
        "BIRD OSPF network type",
        r"type ptp;",
        wrong("type broadcast;", "the interface is broadcast, not point-to-point", r"type|broadcast|point-to-point"),
        objects=("head", "broadcast", "type"),
        symmetric=True,
    ),
    bird(
        "route server",
        r"rs client;",
        missing("{head} is no client of the route server", r"rs client|route server|transparent|AS path"),
        objects=("head", "rs client", "route server", "AS path"),
        mode=BGP,
        symmetric=True,
    ),
    bird(
        "BIRD next hop",
        r"next hop (?P<what>self|keep);",
        missing("there is no next hop {what}", r"next hop"),
        objects=("next hop",),
        mode=CHANNEL,
    ),
    bird(
        "RPKI cache",
        r"remote (?P<address>[0-9a-f:.\"]+) port (?P<port>\d+);",
        wrong("remote {address} port 3324;", "the cache has the port 3324, not {port}", r"port|cache"),
        objects=("address", "3324", "cache"),
    ),
)
