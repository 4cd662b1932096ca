"""Faults of FRR's interior protocols and router advertisements: OSPF, IS-IS, router IDs."""

import re
from collections.abc import Sequence

from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.generators.frr_rules import ADDRESS, INTERFACE, PREFIX, frr
from rigs.diagnose.generators.rules import Change, Found, line, missing


def _other_id(found: Found) -> Sequence[str] | None:
    """The router ID of another router of the lab that speaks the same protocol."""
    texts = [file.content.decode(errors="replace") for node in found.lab.nodes.values() for file in node.files]
    texts += [line for nodes in found.lab.solution.values() for lines in nodes.values() for line in lines]
    ids = re.findall(rf"{re.escape(found['command'])} ([0-9.]+)", "\n".join(texts))
    other = next((one for one in ids if one != found["id"]), None)
    return (f"{found['command']} {other}",) if other else None


def _other_net(found: Found) -> Sequence[str] | None:
    texts = "\n".join(file.content.decode(errors="replace") for node in found.lab.nodes.values() for file in node.files)
    other = next((one for one in re.findall(r"net (\S+)", texts) if one != found.statement.text.split()[1]), None)
    return (f"net {other}",) if other else None


FRR_IGP_RULES = (
    # OSPF
    frr(
        "OSPF area",
        r"(?P<command>ipv6 ospf6|ip ospf) area (?P<area>[0-9.]+)",
        missing("OSPF is not enabled on {head}", r"enabled|area|not on"),
        line(FaultKind.WRONG_VALUE, "{command} area 9", "{head} is in area 9, not {area}", r"area"),
        Change(
            FaultKind.EXTRA,
            lambda f: (f.statement.text, f"{f['command']} passive") if "ospf6" in f["command"] else None,
            "{head} is passive",
            r"passive",
        ),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    frr(
        "OSPF timers",
        r"(?P<command>ipv6 ospf6|ip ospf) (?P<what>hello|dead)-interval (?P<value>\d+)",
        line(
            FaultKind.WRONG_VALUE,
            "{command} {what}-interval 7",
            "{head} has the {what} interval 7, not {value}",
            r"hello|dead|interval",
        ),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    frr(
        "OSPF network type",
        r"(?P<command>ipv6 ospf6|ip ospf) network point-to-point",
        line(
            FaultKind.WRONG_VALUE,
            "{command} network broadcast",
            "{head} is broadcast, not point-to-point",
            r"type|broadcast|point-to-point",
        ),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    frr(
        "OSPF cost",
        r"(?P<command>ipv6 ospf6|ip ospf) cost (?P<value>\d+)",
        missing("{head} has no cost {value}", r"cost"),
        line(FaultKind.WRONG_VALUE, "{command} cost 1000", "{head} has the cost 1000, not {value}", r"cost"),
        objects=("head",),
        mode=INTERFACE,
    ),
    frr(
        "OSPF passive",
        r"ipv6 ospf6 passive",
        missing("{head} is not passive", r"passive"),
        objects=("head",),
        mode=INTERFACE,
    ),
    frr(
        "router ID",
        r"(?P<command>ospf6 router-id|ospf router-id|bgp router-id) (?P<id>[0-9.]+)",
        Change(FaultKind.DOUBLED, _other_id, "the router ID of another router, not {id}", r"router.id"),
        objects=("router ID", "router-id", "id"),
    ),
    frr(
        "OSPF redistribution",
        r"redistribute (?P<what>\S+).*",
        missing("{what} routes are not redistributed", r"redistribut|external|import"),
        objects=("what", "redistribute", "redistributed"),
    ),
    frr(
        "OSPF area type",
        r"area (?P<area>[0-9.]+) (?P<what>stub|nssa).*",
        missing("area {area} is no {what} area here", r"stub|nssa|area type|E-bit|option"),
        objects=("area", "stub", "nssa"),
        mode=r"router ospf",
    ),
    # IS-IS
    frr(
        "IS-IS interface",
        r"(?P<family>ip|ipv6) router isis (?P<name>\S+)",
        # FRR refuses the other lines about IS-IS in a block without it, and then the whole file.
        missing("IS-IS is not enabled on {head}", r"enabled|not on|IS-IS|router isis", drops="isis "),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    frr(
        "IS-IS level",
        r"(?P<command>is-type|isis circuit-type) level-(?P<level>\S+)",
        line(FaultKind.WRONG_VALUE, "{command} level-1", "the level is 1, not {level}", r"level"),
        objects=("head", "level", "levels"),
        symmetric=True,
    ),
    frr(
        "IS-IS network type",
        r"isis network point-to-point",
        missing("{head} is not point-to-point", r"type|broadcast|point-to-point"),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    frr(
        "IS-IS metric",
        r"isis metric (?P<value>\d+)",
        line(FaultKind.WRONG_VALUE, "isis metric 5000", "{head} has the metric 5000, not {value}", r"metric"),
        objects=("head",),
        mode=INTERFACE,
    ),
    frr(
        "IS-IS NET",
        r"net (?P<area>49\.\d{4})\.(?P<system>[0-9.]+)\.00",
        Change(
            FaultKind.DOUBLED, _other_net, "the system ID of another router, not {system}", r"system.id|NET|\bnet\b"
        ),
        missing("there is no NET", r"NET|\bnet\b|network entity"),
        objects=("system", "NET", "net", "system ID"),
    ),
    frr(
        "IS-IS passive",
        r"isis hello-multiplier (?P<value>\d+)",
        Change(FaultKind.EXTRA, lambda f: (f.statement.text, "isis passive"), "{head} is passive", r"passive"),
        objects=("head",),
        mode=INTERFACE,
        symmetric=True,
    ),
    # router advertisements
    frr(
        "router advertisement",
        r"no ipv6 nd suppress-ra",
        missing("{head} sends no router advertisements", r"advertise"),
        Change(
            FaultKind.EXTRA,
            lambda f: (f.statement.text, "ipv6 nd ra-lifetime 0"),
            "{head} advertises the router lifetime 0",
            r"lifetime",
        ),
        objects=("head", "advertisements", "lifetime"),
        mode=INTERFACE,
    ),
    frr(
        "RA option",
        rf"ipv6 nd rdnss (?P<address>{ADDRESS}).*",
        missing("{head} does not advertise the resolver {address}", r"resolver|rdnss"),
        objects=("head", "address"),
        mode=INTERFACE,
    ),
    frr(
        "RA option",
        rf"ipv6 nd prefix (?P<prefix>{PREFIX}).*",
        missing("{head} does not advertise {prefix}", r"advertise|prefix"),
        line(
            FaultKind.WRONG_VALUE,
            "ipv6 nd prefix {prefix} no-autoconfig",
            "{head} advertises {prefix} without the A flag",
            r"A flag|autonom|autoconf",
        ),
        objects=("head", "prefix"),
        mode=INTERFACE,
    ),
    frr(
        "RA option",
        r"ipv6 nd router-preference (?P<value>\w+)",
        missing("{head} does not advertise the preference {value}", r"preference"),
        objects=("head", "preference"),
        mode=INTERFACE,
    ),
)
