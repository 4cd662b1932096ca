"""The timers that may still change a network although nobody does anything: those that its nodes' answers show. Pure functions.

Each function yields a few words for each reason to wait: a timer that an answer shows, or something of which nothing is known here
(``of_programs``, ``of_lab_programs``, ``of_config``, ``of_protocols``, ``of_timed_filter``). To wait too long costs time, to
give up too early costs a right answer.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Node
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING

type End = tuple[float, str]  # in how many seconds something ends, and a few words for it

LONGEST = 120  # seconds: the largest ``within``. What ends later changes nothing in time

# Links, queues, daemons and programs that change nothing by themselves
PLAIN_LINKS = ("", "veth", "dummy", "vrf", "vlan", "macvlan", "bridge")
PLAIN_QUEUES = ("", "noqueue", "noop", "pfifo_fast", "pfifo", "fq_codel", "fq", "mq")
DAEMONS = frozenset({*ALWAYS_RUNNING, "bgpd", "ospfd", "ospf6d"})
BIRD_PROTOCOLS = frozenset({"Device", "Direct", "Kernel", "Static", "Pipe", "BGP", "OSPF"})
SHELLS = frozenset({"bash", "sh", "vtysh", "birdc", "birdcl"})
EDITORS = frozenset({"cat", "grep", "head", "less", "man", "more", "nano", "tail", "vi", "vim", "watch"})
ONE_SHOT = frozenset({"bridge", "ip", "logger", "nft", "ps", "ss", "sysctl", "tc", "top", "htop"})
PROBES = frozenset(
    {"curl", "dig", "mtr", "nc", "ndisc6", "ping", "rdisc6", "tcpdump", "tracepath", "traceroute", "tshark"}
)
TOOLS = SHELLS | EDITORS | ONE_SHOT | PROBES
SLEEP = "sleep"
PROGRAMS = TOOLS | DAEMONS | {"catatonit", "bird", "nginx", "sshd", "stayrtr"}

IN_USE = frozenset({"REACHABLE", "DELAY", "PROBE"})  # states of a neighbour to which packets are sent

# Parts of a packet filter by which a packet's fate depends on chance or on the packets before, and on time
UNSTEADY_RULES = re.compile(r'"(?:limit|quota|numgen|meter|dnat|redirect)"')
TIMED_RULES = re.compile(r'"(?:timeout|expires|time|hour|day)"')
COUNTERS = re.compile(r'"(?:packets|bytes)": ?\d+')
TIMED_CONFIG = re.compile(
    r"dampening|advertisement-interval|update-delay|coalesce-time|advertise-map|timers (?:throttle|lsa|spf)|listen range"
    r"|on-startup|suppress-ra|neighbor \S+ interface|extended-nexthop|rpki cache|\bbfd\b|graceful-restart|vrrp|pbr-map"
    r"|maximum-prefix \d{1,10}.{0,20} restart"
)
NEIGHBOR_RANGE = re.compile(r"\bneighbor\s+range\b")

ROUTE_MAP_DELAY = re.compile(r"bgp route-map delay-timer (\d+)")
ROUTE_MAP_SECONDS = 5.0  # FRR's default: so long after a change of a policy it looks at the routes again
BGP_SECONDS = 3.0  # to send what has changed, and to sum up several changes
OSPF_SECONDS = 8.0  # MinLSInterval, 5 s (RFC 2328, appendix B), and the delay before the routes are computed


def of_links(links: object) -> Iterator[str]:
    """From ``ip -d addr``: links with a protocol of their own, loss, duplicate address detection."""
    for link in map(untrusted.fields, untrusted.items(links)):
        name, about = untrusted.text(link.get("ifname")), untrusted.fields(link.get("linkinfo"))
        kind = untrusted.text(about.get("info_kind"))
        if kind not in PLAIN_LINKS or untrusted.fields(about.get("info_data")).get("stp_state"):
            yield f"{name} is a {kind}"
        if (queue := untrusted.text(link.get("qdisc"))) not in PLAIN_QUEUES:
            yield f"{name} has a {queue}"
        for held in map(untrusted.fields, untrusted.items(link.get("addr_info"))):
            if held.get("tentative") and not held.get("dadfailed"):
                yield f"{name} has a tentative address"


def ends_of_addresses(links: object) -> Iterator[End]:
    """From ``ip -d addr``: the addresses whose lifetime ends."""
    for link in map(untrusted.fields, untrusted.items(links)):
        for held in map(untrusted.fields, untrusted.items(link.get("addr_info"))):
            left = min(_seconds(held.get("valid_life_time")), _seconds(held.get("preferred_life_time")))
            if left < LONGEST:
                yield left, f"{untrusted.text(link.get('ifname'))} has an address whose lifetime ends"


def ends_of_routes(routes: object) -> Iterator[End]:
    for route in map(untrusted.fields, untrusted.items(routes)):
        if (left := _seconds(route.get("expires"))) < LONGEST:
            yield left, f"the route to {untrusted.text(route.get('dst'))} expires"


def _seconds(lifetime: object) -> float:
    """The seconds that are left; infinite if it does not end, or has ended."""
    return untrusted.whole(lifetime) or math.inf


def of_neighbours(
    neighbours: object, owners: Mapping[AnyAddress, Collection[str]], macs: Collection[str]
) -> Iterator[str]:
    """From ``ip neigh``: link-layer addresses that are remembered and wrong.

    ``owners``: the link-layer addresses of the nodes with each address. ``macs``: those of all nodes. A switch is none of them: it
    has no shell that tells its addresses, and what is remembered about it is right.
    """
    for entry in map(untrusted.fields, untrusted.items(neighbours)):
        remembered, address = untrusted.text(entry.get("lladdr")).lower(), untrusted.address(entry.get("dst"))
        states = set(map(untrusted.text, untrusted.items(entry.get("state"))))
        held = owners.get(address, ()) if address else ()
        is_used = bool(states & IN_USE) and (bool(held) or remembered in macs)
        if remembered and remembered not in held and (is_used or (held and "STALE" in states)):
            yield f"{neighbour_key(entry)[1]} is remembered at {remembered}"


def of_resolution(neighbours: object, unanswered: Collection[tuple[str, str]]) -> Iterator[str]:
    """Neighbours that are asked for, except those that did not answer a second ago either: interface and address of each."""
    for entry in map(untrusted.fields, untrusted.items(neighbours)):
        if "INCOMPLETE" in untrusted.items(entry.get("state")) and neighbour_key(entry) not in unanswered:
            yield f"{neighbour_key(entry)[1]} is being looked for"


def unanswered(neighbours: object) -> Iterator[tuple[str, str]]:
    """The neighbours that have not answered: interface and address."""
    for entry in map(untrusted.fields, untrusted.items(neighbours)):
        if {"INCOMPLETE", "FAILED"} & set(map(untrusted.text, untrusted.items(entry.get("state")))):
            yield neighbour_key(entry)


def neighbour_key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return untrusted.text(entry.get("dev")), untrusted.text(entry.get("dst"))


def of_programs(node: Node, names: Sequence[object]) -> Iterator[str]:
    """Programs that we do not know, and that are not programs of the lab: they may change something at any time."""
    of_lab = _of_lab(node)
    for name in _unknown(names) - {SLEEP}:
        if name not in of_lab:
            yield f"{name} runs on {node.name}"
    for daemon in set(node.daemons) - DAEMONS:
        yield f"{daemon} runs on {node.name}"


def of_lab_programs(node: Node, names: Sequence[object]) -> Iterator[str]:
    """Programs of the lab: its commands or files start them. Their author knows them, so a check's time limit is long enough.

    If a learner starts one of them again, or changes its configuration, a check waits for its effect until the time limit.
    """
    of_lab = _of_lab(node)
    for name in _unknown(names):
        if name in of_lab:
            yield f"{name} of the lab runs on {node.name}"


def _unknown(names: Sequence[object]) -> set[str]:
    return {untrusted.text(name) for name in names} - PROGRAMS


def helpers(names: Collection[str]) -> set[str]:
    """The programs that another one runs for a moment, such as ``dhcpcd-run-hook`` of ``dhcpcd``. Their changes show elsewhere."""
    return {name for name in names if "-" in name and name.split("-")[0] in names}


def of_sleep(node: Node, names: Sequence[object]) -> Iterator[str]:
    """A script that waits, because it does something afterwards; not one of the lab."""
    if SLEEP in map(untrusted.text, names) and SLEEP not in _of_lab(node):
        yield f"{SLEEP} runs on {node.name}"


def _of_lab(node: Node) -> str:
    """Return the commands and files of the lab for this node, in one text."""
    return " ".join([*node.start, *(file.content.decode(errors="replace") for file in node.files)])


def of_filter(rules: str) -> Iterator[str]:
    """From ``nft -j list ruleset``."""
    step(1 + len(rules) // 1000)
    if found := UNSTEADY_RULES.search(rules):
        yield f"a packet filter with {found[0]}"


def of_timed_filter(rules: str) -> Iterator[str]:
    """From ``nft -j list ruleset``: rules and sets of which no answer shows when they change."""
    step(1 + len(rules) // 1000)
    if found := TIMED_RULES.search(rules):
        yield f"a packet filter with {found[0]}"


def of_config(text: str) -> Iterator[str]:
    """From a configuration of FRR, or from BIRD's file."""
    step(1 + len(text) // 1000)
    if found := TIMED_CONFIG.search(text) or NEIGHBOR_RANGE.search(text):
        yield f"a configuration with {found[0]}"


def of_protocols(kinds: Iterable[str]) -> Iterator[str]:
    """From the kinds of BIRD's protocols: those of which no timers are known here."""
    for kind in set(kinds) - BIRD_PROTOCOLS:
        yield f"BIRD speaks {kind}"


def unseen_seconds(configs: Sequence[str], *, bgp: bool, ospf: bool) -> float:
    """For how long something may be on its way that no answer shows."""
    found = 0.0
    if bgp:
        delays = [float(delay) for text in configs for delay in ROUTE_MAP_DELAY.findall(text)]
        default = any("router bgp" in text and not ROUTE_MAP_DELAY.search(text) for text in configs)
        found = max([*delays, ROUTE_MAP_SECONDS if default else 0.0]) + BGP_SECONDS
    return max(found, OSPF_SECONDS if ospf else 0.0)
