"""Reads the state of a running network, through the adapters. The answers come from learners' nodes: nothing here raises."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import linux, node_state, untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.node_state import Answers, Asks, Network, Seen, Way
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import ConfiguredProtocols
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.shared.asker import Asker
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.engine.state.facts import BETWEEN, Facts, Section, State

SECONDS = 10.0
PROCESSES = "processes"
NFTABLES = "/etc/nftables.conf"  # the rules that are loaded are read from the kernel
MOST_FILES = 6  # of one node
SHELLS = frozenset({"bash", "sh", "sleep", "watchfrr", "vtysh", "birdc"})  # they come and go, or serve nobody
COUNTED = ("handle", "counter", "packets", "bytes", "position", "index")  # what differs between two equal rule sets
OWN_RULES = ("local", "main", "default")  # the tables that the kernel looks up without anybody's rule
UNIMPORTANT = ("hostname", "frr version", "frr defaults", "log ", "service ", "debug ", "password ", "enable password ")


def take(lab: Lab, asker: Asker, only: Collection[str] | None = None) -> State:
    """Read the state of all nodes of a running lab, or of some only. Raises what the asker raises."""
    nodes = [node for node in lab.nodes.values() if node.has_shell and (only is None or node.name in only)]
    wanted: Asks = {}
    for node in nodes:
        wanted |= node_state.asks(node, ports=[end.name for end in lab.interfaces(node.name)]) | asks(node)
    answers = dict(zip(wanted, asker.ask(list(wanted.values()), seconds=SECONDS), strict=True))
    return state_of(Network(lab, {node.name: node_state.read(node, answers) for node in nodes}), answers)


def asks(node: Node) -> Asks:
    """The asks of a state beside those of ``node_state``: sessions, adjacencies and programs."""
    found: Asks = {(node.name, part): question.ask for part, question in _questions(node).items()}
    for path in _service_files(node):
        found[node.name, node_state.FILE + path] = {"ask": "file", "node": node.name, "path": path}
    return found | {(node.name, PROCESSES): {"ask": "processes", "node": node.name}}


def _service_files(node: Node) -> list[str]:
    """The files of services that the lab brings; the routing daemons are asked for the configuration that runs."""
    read = (node_state.BIRD_CONF, node_state.FRR_CONF, NFTABLES)
    paths = [one.path for one in node.files if one.path.startswith("/etc/") and one.path not in read]
    return sorted(paths)[:MOST_FILES]


def _questions(node: Node) -> dict[str, Question[Any]]:
    if not is_router(node):
        return {}
    found: dict[str, Question[Any]] = {
        f"up {number}": question for number, question in enumerate(daemon_of(node).configured_protocols(node.daemons))
    }
    if "isisd" in node.daemons:
        found["isis"] = FrrDaemon(node.name).isis_adjacencies()
    return found


def state_of(network: Network, answers: Answers) -> State:
    """The state of the nodes that were read, by what they answered. A part that was not answered is not in it."""
    names = _link_local_names(network)
    found: dict[str, Facts] = {}
    for name, seen in network.nodes.items():
        with cpu_budget.of_node(name):
            found[name] = _facts(seen, names, answers)
    return found


def _facts(seen: Seen, ends: Mapping[tuple[str, str], str], answers: Answers) -> Facts:
    node = seen.node
    found: dict[Section, Mapping[str, str]] = {}
    if node_state.PORTS in seen.answered:
        found[Section.INTERFACES] = dict(_interfaces(seen))
    if files := dict(_files(node, answers)):
        found[Section.FILES] = files
    if seen.settings:
        found[Section.SETTINGS] = dict(seen.settings)
    if {f"{node_state.ROUTES}4", f"{node_state.ROUTES}6"} <= seen.answered:
        found[Section.ROUTES] = _routes(seen, ends)
    if {f"{node_state.RULES}4", f"{node_state.RULES}6"} <= seen.answered:
        found[Section.RULES] = {"": "\n".join(sorted(_rules(seen)))}
    if node_state.FILTERS in seen.answered:
        found[Section.FILTERS] = _filters(seen.filters)
    if seen.config.lines and _is_what_runs(seen):
        found[Section.CONFIG] = _config(seen)
    names = untrusted.fields(answers.get((node.name, PROCESSES))).get("names")
    if isinstance(names, list):
        found[Section.PROCESSES] = {
            n: "runs" for one in untrusted.items(names) if (n := untrusted.text(one)) not in SHELLS
        }
    if is_router(node):
        found |= _protocols(node, answers)
        found[Section.DAEMONS] = _daemons(seen)
    return found


def _interfaces(seen: Seen) -> Iterator[tuple[str, str]]:
    for port in seen.ports.values():
        step()
        addresses = sorted(str(held.at) for held in port.held if not (held.link_local or held.dynamic))
        yield f"{port.name} up", "yes" if port.up else "no"
        yield f"{port.name} carrier", "yes" if port.carrier or not port.up else "no"
        yield f"{port.name} mtu", str(port.mtu)
        yield f"{port.name} master", port.master
        yield f"{port.name} addresses", "\n".join(addresses)


def _files(node: Node, answers: Answers) -> Iterator[tuple[str, str]]:
    """The lines of each file of a service, without comments."""
    for path in _service_files(node):
        answer = untrusted.fields(answers.get((node.name, node_state.FILE + path)))
        if answer.get("ok") is True and answer.get("truncated") is not True:
            lines = [line.strip() for line in untrusted.long_text(answer.get("text")).splitlines()]
            step(len(lines))
            yield path, "\n".join(line for line in lines if line and not line.startswith(("#", ";", "//")))


def _link_local_names(network: Network) -> dict[tuple[str, str], str]:
    """The ends of links, by their link-local address and the node that sees it: addresses that differ in each network."""
    found: dict[tuple[str, str], str] = {}
    for name, seen in network.nodes.items():
        for port in seen.ports:
            for other, at in network.on_link(name, port):
                step()
                for held in at.held:
                    if held.link_local:
                        found.setdefault((f"{name}:{port}", str(held.ip)), f"{other.node.name}:{at.name}")
    return found


def _routes(seen: Seen, names: Mapping[tuple[str, str], str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for way in seen.ways:
        step()
        if not (way.to.is_link_local or way.to.is_multicast):
            found.setdefault(str(way.to), []).append(_way(seen, way, names))
    return {prefix: "\n".join(sorted(ways)) for prefix, ways in found.items()}


def _way(seen: Seen, way: Way, names: Mapping[tuple[str, str], str]) -> str:
    protocol = linux.PROTOCOLS.get(way.protocol, way.protocol)
    via = names.get((f"{seen.node.name}:{way.dev}", str(way.via)), str(way.via or ""))
    words = [protocol, *([way.drops] if way.drops else []), *(["via", via] if via else [])]
    return " ".join([*words, *(["dev", way.dev] if way.dev else [])])


def _rules(seen: Seen) -> Iterator[str]:
    for rule in seen.rules:
        if untrusted.text(rule.get("table")) not in OWN_RULES or "action" in rule:
            yield " ".join(f"{key} {untrusted.text(value)}" for key, value in sorted(untrusted.pairs(rule)))


def _filters(printed: object) -> dict[str, str]:
    """Each chain, set and map of nftables with its rules, in their order."""
    found: dict[str, list[str]] = {}
    for entry in map(untrusted.fields, untrusted.items(untrusted.fields(printed).get("nftables"))):
        for kind in ("chain", "rule", "set", "map"):
            one = untrusted.fields(entry.get(kind))
            if one:
                name = one.get("chain") if kind == "rule" else one.get("name")
                place = " ".join(untrusted.text(word) for word in (one.get("family"), one.get("table"), name))
                found.setdefault(place, []).append(_bare(one if kind != "rule" else one.get("expr")))
    return {place: "\n".join(rules) for place, rules in found.items()}


def _bare(entry: Any) -> str:
    """A rule or a head as JSON, without counters and handles."""
    step()
    if isinstance(entry, Mapping):
        entry = {key: value for key, value in entry.items() if key not in COUNTED}
    elif isinstance(entry, list):
        entry = [part for part in entry if not (isinstance(part, Mapping) and "counter" in part)]
    try:
        return json.dumps(entry, sort_keys=True)[:2000]
    except (ValueError, RecursionError):
        return ""


def _is_what_runs(seen: Seen) -> bool:
    """Whether the configuration that was read is the one that runs: BIRD has read its file, and no daemon of FRR kept silent."""
    if seen.node.kind is Kind.BIRD:
        return not seen.unread
    every = (*ALWAYS_RUNNING, *seen.node.daemons)
    return all(daemon in seen.answered or daemon in seen.silent for daemon in every)


def _config(seen: Seen) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for line in seen.config.lines:
        step()
        if not line.text.startswith(UNIMPORTANT):
            found.setdefault(BETWEEN.join(line.heads), []).append(line.text)
    return {block: "\n".join(texts) for block, texts in found.items()}


def _daemons(seen: Seen) -> dict[str, str]:
    if seen.node.kind is Kind.BIRD:
        off = dict.fromkeys(sorted(seen.off), "disabled")
        return off | ({"bird.conf": "not read"} if seen.unread else {})
    return {daemon: "down" if daemon in seen.silent else "up" for daemon in seen.node.daemons}


def _protocols(node: Node, answers: Answers) -> dict[Section, Mapping[str, str]]:
    """Sessions and adjacencies. A daemon that does not answer in time has none, and its section is left out."""
    told = ConfiguredProtocols()
    adjacencies: dict[str, str] = {}
    complete = True
    for part, question in _questions(node).items():
        answer = untrusted.fields(answers.get((node.name, part)))
        read = question.read(answer) if answer.get("ok") is True else None
        complete = complete and (read is not None or answer.get("kind") == "refused")
        if isinstance(read, ConfiguredProtocols):
            told.add(read)
        elif part == "isis" and isinstance(read, list):
            adjacencies |= dict(_isis(read))
    if not complete:
        return {}
    adjacencies |= {f"{_protocol(name)} {port}": _up(is_up) for (name, port), is_up in told.ospf.items()}
    sessions = {peer: _up(is_up) for peer, is_up in told.peers.items()}
    return {Section.SESSIONS: sessions, Section.ADJACENCIES: adjacencies}


def _protocol(name: str) -> str:
    return {"ospf6d": "ospf6", "ospfd": "ospf"}.get(name, name)


def _isis(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        yield f"isis {untrusted.text(row.get('interface'))}", _up(untrusted.text(row.get("state")).lower() == "up")


def _up(is_up: bool) -> str:
    return "up" if is_up else "down"
