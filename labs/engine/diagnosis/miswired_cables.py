"""Finds a cable that is connected to another port than the lab says.

A port does not know what it is connected to. So each port sends one echo request to all nodes on its link. A node that answers
first finds the link-layer address of the port by neighbour discovery (RFC 4861, 7.2.3), and the port learns the node's address
from that. Each link-layer address belongs to one port of the lab.
"""

from collections.abc import Iterable, Mapping, Sequence

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Answers, Network, Port, Seen, beside
from labs.engine.cpu_budget import step
from labs.engine.diagnosis.causes import Cause, Search, cause

MOST = 16  # ports that are asked
ALL_NODES = "ff02::1"
HELLO = {"ask": "ping", "source": None, "at": None, "count": 1, "interval": 0.1, "seconds": 0.1}
HEARD = "heard"

type End = tuple[str, str]  # node and port


def search(network: Network, ends: Sequence[End]) -> Search:
    """The first of these ends whose cable leads to another port than the lab says."""
    asked = [end for end in dict.fromkeys(ends) if _is_plain(network, end)][:MOST]
    if not asked:
        return None
    yield {(node, f"hello {port}"): {**HELLO, "node": node, "dst": f"{ALL_NODES}%{port}"} for node, port in asked}
    nodes = dict.fromkeys(node for node, _port in asked)
    answers = yield {(node, HEARD): {"ask": "ip", "node": node, "args": ["-6", "neigh"]} for node in nodes}
    owners = _owners(network.nodes.values())
    for node, port in asked:
        heard = {owners[mac] for mac in _heard(answers, node, port) if mac in owners}
        meant = [(end.node, end.name) for end in beside(network.lab, node, port)]
        strange = sorted(heard - {(node, port)})
        if strange and meant and not heard & set(meant) and all(_is_plain(network, one) for one in (*strange, *meant)):
            return _elsewhere((node, port), strange[0], meant)
    return None


def _elsewhere(end: End, other: End, meant: Sequence[End]) -> Cause:
    node, port = end
    command, should = f"ip -6 neigh show dev {port}", ", ".join(":".join(one) for one in meant)
    return cause("cable-elsewhere", command, node, end=":".join(end), other=":".join(other), a=should)


def _port(network: Network, end: End) -> Port | None:
    seen = network.nodes.get(end[0])
    return seen.ports.get(end[1]) if seen else None


def _is_plain(network: Network, end: End) -> bool:
    """Whether the port carries packets and belongs to no bridge, behind which other nodes could be."""
    port = _port(network, end)
    return port is not None and port.up and port.carrier and not port.master


def _owners(nodes: Iterable[Seen]) -> Mapping[str, End]:
    """Each link-layer address that one port has, and no other."""
    found: dict[str, End] = {}
    doubled: set[str] = set()
    for seen in nodes:
        for port in seen.ports.values():
            step()
            if port.mac:
                doubled |= {port.mac} & found.keys()
                found[port.mac] = (seen.node.name, port.name)
    return {mac: end for mac, end in found.items() if mac not in doubled}


def _heard(answers: Answers, node: str, port: str) -> set[str]:
    """The link-layer addresses of the neighbours that this port has learned, and that nobody has entered."""
    entries = untrusted.items(untrusted.fields(answers.get((node, HEARD))).get("json"))
    step(len(entries))
    learned = (one for one in map(untrusted.fields, entries) if "PERMANENT" not in untrusted.items(one.get("state")))
    return {untrusted.text(one.get("lladdr")) for one in learned if one.get("dev") == port} - {""}
