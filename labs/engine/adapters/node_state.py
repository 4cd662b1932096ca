"""The state of a running node: its ports, routes, settings and configuration. Diagnoses and faults use it.

The answers come from a learner's node and may be false or malformed: nothing here raises.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import bird, frr, untrusted
from labs.engine.adapters.config_blocks import Config, of_bird, of_frr
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import once, step
from labs.engine.definition.spec import Interface, Kind, Lab, Node
from labs.engine.shared.asker import Asker
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.engine.shared.running_config import merge

NOTHING: Mapping[str, Any] = {}

type Ask = dict[str, Any]
type Asks = dict[tuple[str, str], Ask]  # by node and part
type Answers = Mapping[tuple[str, str], Mapping[str, Any]]

BIRD_CONF = bird.CONF
FRR_CONF = "/etc/frr/frr.conf"
PORTS, CONFIG, ROUTES, SETTINGS, FILTERS, RULES = "ports", "config", "routes", "settings", "filters", "rules"
PROTOCOLS, STATUS, NEIGHBOURS = "protocols", "status", "neighbours"
FILE = "file "  # and the path
BIRD_READ = re.compile(r"^Last reconfiguration on (\d+-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)")
UNREAD_SECONDS = 1.0  # a file that is written while BIRD reads it
BIRD_OFF = re.compile(r"^(\S+)\s+\S+\s+\S+\s+down\b")
# The tables by which labs.supervisor.cables drops packets of a cable with loss, where the kernel has no netem
OF_CABLES = re.compile(r"vaka_(?:[0-9a-f]{2})+")
FORWARDING = {6: "net.ipv6.conf.all.forwarding", 4: "net.ipv4.ip_forward"}
OF_PORT = ("accept_ra", "autoconf", "forwarding", "disable_ipv6")


@dataclass(frozen=True, slots=True)
class Held:
    """An address of a port."""

    at: ipaddress.IPv4Interface | ipaddress.IPv6Interface
    link_local: bool = False
    dynamic: bool = False  # from a router advertisement, or leased
    usable: bool = True  # duplicate address detection has passed

    @property
    def ip(self) -> AnyAddress:
        return self.at.ip


@dataclass(frozen=True, slots=True)
class Port:
    name: str
    up: bool = True  # administratively
    carrier: bool = True
    mtu: int = 1500
    mac: str = ""
    master: str = ""  # the bridge, or the VRF
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A route. Without ``via`` the prefix is on the link of ``dev``. ``drops`` is blackhole, unreachable or prohibit, or ""."""

    to: AnyNetwork
    via: AnyAddress | None
    dev: str
    protocol: str
    metric: float
    drops: str = ""


@once
def _owners(ports: Mapping[str, Port]) -> dict[AnyAddress, Port]:
    """Each address with the first port that has it."""
    found: dict[AnyAddress, Port] = {}
    for port in ports.values():
        step(1 + len(port.held))
        for held in port.held:
            found.setdefault(held.ip, port)
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    node: Node
    ports: Mapping[str, Port] = field(default_factory=dict)
    config: Config = field(default_factory=Config)
    ways: tuple[Way, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    filters: Any = None  # the output of nft -j, without OF_CABLES
    rules: tuple[Mapping[str, Any], ...] = ()
    # Parts, and daemons of FRR, that refused to answer; a late answer is not a refusal
    silent: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()  # the parts that answered
    off: frozenset[str] = frozenset()  # protocols of BIRD that are disabled
    unread: bool = False  # BIRD's file has changed since BIRD read it
    # Permanent neighbour entries: their link-layer addresses
    fixed: Mapping[AnyAddress, str] = field(default_factory=dict)

    def forwards(self, version: int) -> bool | None:
        value = self.settings.get(FORWARDING[version])
        return None if value is None else value != "0"

    def lacks_way(self, address: AnyAddress) -> bool:
        """Whether it certainly has no route to the address. Without an answer nothing is certain."""
        return f"{ROUTES}{address.version}" in self.answered and self.way_to(address) is None

    def way_to(self, address: AnyAddress) -> Way | None:
        """The route that the kernel uses from its main table: the longest prefix, then the lowest metric."""
        step(len(self.ways))
        fitting = [way for way in self.ways if way.to.version == address.version and address in way.to]
        return max(fitting, key=lambda way: (way.to.prefixlen, -way.metric), default=None)

    def port_of(self, address: AnyAddress) -> Port | None:
        return _owners(self.ports).get(address)


ALL = (PORTS, CONFIG, ROUTES, SETTINGS, FILTERS, RULES, NEIGHBOURS)


def asks(node: Node, parts: Collection[str] = ALL, ports: Collection[str] = ()) -> Asks:
    """The asks for these parts. ``ports``: the ports whose settings are read too."""
    found: Asks = {}
    if PORTS in parts:
        found[node.name, PORTS] = {"ask": "ip", "node": node.name, "args": ["-d", "addr"]}
    if CONFIG in parts and node.kind is Kind.BIRD:
        found[node.name, CONFIG] = {"ask": "file", "node": node.name, "path": BIRD_CONF}
        found[node.name, PROTOCOLS] = bird.ask(node.name, "show protocols")
        found[node.name, STATUS] = bird.ask(node.name, "show status")
    if CONFIG in parts and node.kind is Kind.FRR:
        for daemon in dict.fromkeys((*ALWAYS_RUNNING, *node.daemons)):
            found[node.name, daemon] = frr.ask(node.name, daemon, "show running-config")
    for version in (4, 6):
        if ROUTES in parts:
            found[node.name, f"{ROUTES}{version}"] = {"ask": "ip", "node": node.name, "args": [f"-{version}", "route"]}
        if RULES in parts:
            found[node.name, f"{RULES}{version}"] = {"ask": "ip", "node": node.name, "args": [f"-{version}", "rule"]}
    if SETTINGS in parts:
        keys = [*FORWARDING.values(), *(f"net.ipv6.conf.{port}.{key}" for port in ports for key in OF_PORT)]
        for key in [*keys, *(f"net.ipv4.conf.{port}.rp_filter" for port in ("all", *ports))]:
            found[node.name, key] = {"ask": "sysctl", "node": node.name, "key": key}
    if NEIGHBOURS in parts:
        found[node.name, NEIGHBOURS] = {"ask": "ip", "node": node.name, "args": ["neigh", "show", "nud", "permanent"]}
    if FILTERS in parts:
        found[node.name, FILTERS] = {"ask": "nft", "node": node.name}
    return found


def read(node: Node, answers: Answers) -> Seen:
    """The state of the node by the answers. A part that was not asked for, or not answered, is empty."""
    mine = {part: untrusted.fields(answer) for (name, part), answer in answers.items() if name == node.name}
    with cpu_budget.of_node(node.name):
        return _read(node, mine)


def _read(node: Node, mine: Mapping[str, Mapping[str, Any]]) -> Seen:
    good = {part: answer for part, answer in mine.items() if answer.get("ok") is True}
    return Seen(
        node=node,
        ports=_ports(good.get(PORTS, NOTHING)),
        config=_config(node, good),
        ways=(*_ways(good.get(f"{ROUTES}4", NOTHING), "0.0.0.0/0"), *_ways(good.get(f"{ROUTES}6", NOTHING), "::/0")),
        settings={
            part: untrusted.text(answer.get("value")) for part, answer in good.items() if part.startswith("net.")
        },
        filters=rule_set(good.get(FILTERS, NOTHING)),
        rules=tuple(
            untrusted.fields(rule) for v in (4, 6) for rule in untrusted.items(good.get(f"{RULES}{v}", {}).get("json"))
        ),
        silent=frozenset(part for part, answer in mine.items() if answer.get("kind") == "refused"),
        answered=frozenset(good),
        unread=_is_unread(good.get(CONFIG, NOTHING), good.get(STATUS, NOTHING)) if node.kind is Kind.BIRD else False,
        off=frozenset(m[1] for line in bird.lines(good.get(PROTOCOLS, {})) if (m := BIRD_OFF.match(line))),
        fixed={
            address: untrusted.text(entry.get("lladdr"))
            for entry in map(untrusted.fields, untrusted.items(good.get(NEIGHBOURS, {}).get("json")))
            if (address := untrusted.address(entry.get("dst"))) is not None
        },
    )


def rule_set(answer: Mapping[str, Any]) -> Any:
    """The rules of nftables that are the node's own. What the site has put there for a cable is no packet filter of anybody."""
    found = untrusted.load(answer.get("text"))
    every = untrusted.fields(found).get("nftables")
    return found if every is None else {"nftables": [one for one in untrusted.items(every) if not _is_of_cable(one)]}


def _is_of_cable(entry: Any) -> bool:
    for kind, one in untrusted.fields(entry).items():
        about = untrusted.fields(one)
        table = untrusted.text(about.get("name" if kind == "table" else "table"))
        if about.get("family") == "netdev" and OF_CABLES.fullmatch(table):
            return True
    return False


def _is_unread(file: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    """Whether the file has changed since BIRD read it last. BIRD says when that was, in UTC; the kernel says when it changed."""
    changed = untrusted.number(file.get("changed"))
    found = next((m[1] for line in bird.lines(status) if (m := BIRD_READ.match(line))), None)
    if changed is None or found is None:
        return False
    try:
        return changed > datetime.fromisoformat(found).replace(tzinfo=UTC).timestamp() + UNREAD_SECONDS
    except ValueError:
        return False


@once
def _ports(answer: Mapping[str, Any]) -> dict[str, Port]:
    found = {}
    for entry in map(untrusted.fields, untrusted.items(answer.get("json"))):
        flags, name = untrusted.items(entry.get("flags")), untrusted.text(entry.get("ifname"))
        found[name] = Port(
            name=name,
            up="UP" in flags,
            carrier="LOWER_UP" in flags,
            mtu=untrusted.whole(entry.get("mtu")) or 0,
            mac=untrusted.text(entry.get("address")),
            master=untrusted.text(entry.get("master")),
            held=tuple(_held(entry)),
        )
    return found


def _held(entry: Mapping[str, Any]) -> Iterator[Held]:
    for one in map(untrusted.fields, untrusted.items(entry.get("addr_info"))):
        address, length = untrusted.address(one.get("local")), untrusted.whole(one.get("prefixlen"))
        if address is None or length is None or not 0 <= length <= address.max_prefixlen:
            continue
        yield Held(
            at=ipaddress.ip_interface(f"{address}/{length}"),
            link_local=one.get("scope") == "link",
            dynamic=one.get("dynamic") is True,
            usable=not (one.get("tentative") or one.get("dadfailed")),
        )


def _config(node: Node, good: Mapping[str, Mapping[str, Any]]) -> Config:
    if node.kind is Kind.BIRD:
        return _of_bird(untrusted.long_text(good.get(CONFIG, {}).get("text")))
    outputs = (untrusted.items(good.get(daemon, {}).get("outputs"))[:1] for daemon in (*ALWAYS_RUNNING, *node.daemons))
    return _of_frr(tuple(untrusted.long_text(text) for said in outputs for text in said))


@once
def _of_bird(text: str) -> Config:
    return of_bird(text)


@once
def _of_frr(texts: tuple[str, ...]) -> Config:
    return of_frr(merge(texts))


def start_config(node: Node) -> Config:
    """The configuration of the routing daemon in the node's start files."""
    texts = {file.path: file.content.decode(errors="replace") for file in node.files}
    return of_bird(texts[BIRD_CONF]) if BIRD_CONF in texts else of_frr(texts.get(FRR_CONF, ""))


@once
def _ways(answer: Mapping[str, Any], everywhere: str) -> list[Way]:
    found = []
    for entry in map(untrusted.fields, untrusted.items(answer.get("json"))):
        to = untrusted.network(everywhere if entry.get("dst") == "default" else entry.get("dst"))
        if to is None:
            continue
        hops = [untrusted.fields(hop) for hop in untrusted.items(entry.get("nexthops"))] or [entry]
        for hop in hops:
            way = Way(
                to=to,
                via=untrusted.address(hop.get("gateway") or untrusted.fields(hop.get("via")).get("host")),
                dev=untrusted.text(hop.get("dev")),
                protocol=untrusted.text(entry.get("protocol")) or "boot",  # ip leaves out this protocol
                metric=untrusted.number(entry.get("metric")) or 0,
                drops=kind if (kind := untrusted.text(entry.get("type"))) not in ("unicast", "") else "",
            )
            found.append(way)
    return found


@dataclass(frozen=True, slots=True)
class Network:
    """The lab, and the state of each of its nodes."""

    lab: Lab
    nodes: Mapping[str, Seen]

    def on_link(self, node: str, port: str) -> list[tuple[Seen, Port]]:
        """The ports at the other ends of this port's link, through switches."""
        return [
            (self.nodes[end.node], self.nodes[end.node].ports[end.name])
            for end in beside(self.lab, node, port)
            if end.node in self.nodes and end.name in self.nodes[end.node].ports
        ]

    def owner(self, address: AnyAddress | None) -> Seen | None:
        return next((seen for seen in self.nodes.values() if address and seen.port_of(address)), None)


def beside(lab: Lab, node: str, port: str) -> list[Interface]:
    """The interfaces on the same link by the lab's definition, through switches."""
    found: list[Interface] = []
    passed = {(node, port)}
    todo = [(node, port)]
    while todo:
        here = todo.pop()
        for link in lab.links:
            for mine, other in (link.ends, link.ends[::-1]):
                if (mine.node, mine.name) != here or (other.node, other.name) in passed:
                    continue
                passed.add((other.node, other.name))
                if lab.nodes[other.node].kind is not Kind.SWITCH:
                    found.append(other)
                    continue
                more = [
                    (end.node, end.name) for end in lab.interfaces(other.node) if (end.node, end.name) not in passed
                ]
                passed.update(more)
                todo += more
    return found


def read_network(asker: Asker, lab: Lab, seconds: float = 10) -> Network:
    """Read all nodes of a running lab. Raises what the asker raises."""
    wanted: Asks = {}
    for node in lab.nodes.values():
        if node.has_shell:
            wanted |= asks(node, ports=[end.name for end in lab.interfaces(node.name)])
    answers = dict(zip(wanted, asker.ask(list(wanted.values()), seconds=seconds), strict=True))
    return Network(lab, {name: read(node, answers) for name, node in lab.nodes.items() if node.has_shell})
