"""Small networks for the tests of diagnoses, and what their nodes answer."""

import ipaddress
import json
from dataclasses import replace

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen
from labs.engine.authoring.parse import load_lab
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import compared, diagnosis, sentences
from labs.engine.runtime.image import REPO
from labs.engine.state import recorded
from labs.engine.state.facts import as_json, from_json
from rigs.diagnose import frr_and_bird, frr_pair, static_path
from rigs.diagnose.fault_network import cable
from rigs.diagnose.frr_pair import ROUTER

RIGS = {"pair": frr_pair.frr_pair(), "mixed": frr_and_bird.frr_and_bird(), "way": static_path.static_path()}


GOALS = [(name, goal) for name, one in RIGS.items() for goal in one.goals]


LAB = RIGS["pair"].lab


def search(name, goal):
    one = RIGS[name]
    return diagnosis.search(one.goals[goal].check(), one.lab.nodes[one.goals[goal].node], one.lab)


def answers(change=lambda ask: None, routers=ROUTER):
    """Return the answers of the pair of routers, but for what ``change`` says of an ask."""

    def of(ask):
        if (other := change(ask)) is not None:
            return {"ok": True} | other
        node = ask["node"]
        if ask["ask"] == "vty" and node[0] == "r":
            text = routers.format(i=node[1], o=3 - int(node[1])) if ask["daemon"] == "ospf6d" else ""
            return {"ok": True, "outputs": [text]}
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            return {"ok": True, "json": [port(name, node) for name in ("eth0", "eth1", "eth2")]}
        return {"ok": False, "kind": "timeout"}

    return lambda asks: [of(ask) for ask in asks]


def port(name, node, flags=("UP", "LOWER_UP"), mtu=1500):
    held = {"local": f"2001:db8:{'abc'[int(name[3])]}::{node[1]}", "prefixlen": 64, "scope": "global"}
    return {"ifname": name, "flags": list(flags), "mtu": mtu, "addr_info": [held]}


def bgp_answers(change=lambda ask: None):
    """The same pair of routers, whose bgpd says what it runs."""

    def of(ask):
        if ask["ask"] == "vty" and ask["node"][0] == "r" and ask["daemon"] == "bgpd":
            return {"outputs": [ROUTER.format(i=ask["node"][1], o=3 - int(ask["node"][1]))]}
        return change(ask)

    return answers(of)


ENDS = [("h1", "eth0"), ("r1", "eth0"), ("r1", "eth1"), ("r2", "eth1"), ("r2", "eth0"), ("h2", "eth0")]


def way_answers(heard, filters=None):
    """Return the answers of the network of the way: all as it should be, but at each point the next of ``heard``; None: none."""
    addresses = {f"{i.node}:{i.name}": i.addresses for link in RIGS["way"].lab.links for i in (link.a, link.b)}

    def of(ask):
        node = ask["node"]
        if ask["ask"] == "capture":
            counts = heard.get(f"{node}:{ask['interface']} {ask['filter'].split()[4]}", [5])
            count = counts.pop(0) if len(counts) > 1 else counts[0]
            return {"ok": False, "kind": "timeout"} if count is None else {"ok": True, "count": count}
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            held = {end: text for end, text in addresses.items() if end.startswith(f"{node}:")}
            return {"ok": True, "json": [way_port(end.split(":")[1], texts) for end, texts in held.items()]}
        if ask["ask"] == "ip" and ask["args"] == ["-6", "route"]:
            own = [line.split() for line in static_path.ROUTES[node] if "ip -6" in line]
            return {"ok": True, "json": list(way_routes(node, own, addresses))}
        if ask["ask"] == "sysctl" and ask["key"].endswith("forwarding"):
            return {"ok": True, "value": "1" if node[0] == "r" else "0"}
        if ask["ask"] == "nft" and filters and node in filters:
            one = filters[node]
            now = one if isinstance(one, Seen) else one.pop(0) if len(one) > 1 else one[0]
            return {"ok": True, "text": json.dumps(now.filters)}
        return {"ok": False, "kind": "timeout"}

    return lambda asks: [of(ask) for ask in asks]


def way_port(name, texts):
    infos = [{"local": t.split("/")[0], "prefixlen": int(t.split("/")[1]), "scope": "global"} for t in texts]
    return {"ifname": name, "flags": ["UP", "LOWER_UP"], "mtu": 1500, "addr_info": infos}


def way_routes(node, own, addresses):
    links = {}
    for end, texts in addresses.items():
        if end.startswith(f"{node}:"):
            links[end.split(":")[1]] = net = ipaddress.ip_interface(texts[0]).network
            yield {"dst": str(net), "dev": end.split(":")[1], "protocol": "kernel"}
    for words in own:
        dev = next(name for name, net in links.items() if ipaddress.ip_address(words[6]) in net)
        yield {"dst": words[4], "gateway": words[6], "dev": dev}


THERE, BACK = "2001:db8:1::10", "2001:db8:2::10"  # who sends what is heard


STOPPED = {f"r2:eth0 {THERE}": [0], f"h2:eth0 {THERE}": [0]} | {
    f"{end} {BACK}": [0] for end in ("h2:eth0", "r2:eth0", "r2:eth2", "r1:eth2", "r1:eth0", "h1:eth0")
}


def frr(text):
    return Seen(LAB.nodes["r1"], config=of_frr(text))


def nft(*rules, hook="input", chain="c", drop="accept"):
    head = {"chain": {"family": "inet", "table": "t", "name": "c", "hook": hook, "policy": drop}}
    made = [{"rule": {"family": "inet", "table": "t", "chain": chain, "expr": list(expr)}} for expr in rules]
    return Seen(LAB.nodes["r1"], filters={"nftables": [head, *made]})


def match(key, right, op="=="):
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def three_routers(*, lan=("passive", "passive"), far_area=0, stages=(), solution=None, start=()):
    """r1 and r2 share a network of hosts, eth1, and a link; r3 is behind r2. ``lan``: how eth1 of r1 and of r2 is in OSPFv3."""
    links = [
        cable("r1:eth1", "r2:eth1", "2001:db8:1::1/64", "2001:db8:1::2/64"),
        cable("r1:eth0", "r2:eth0", "2001:db8:12::1/64", "2001:db8:12::2/64"),
        cable("r2:eth2", "r3:eth2", "2001:db8:23::2/64", "2001:db8:23::3/64"),
    ]
    bare = ad_hoc_lab("faults", [Node(name=f"r{i}", kind=Kind.FRR, start=start) for i in (1, 2, 3)], links)
    made = replace(bare, stages=stages, solution={"s": solution or {}})
    on = {"eth0": "area", "eth2": "area"}
    ports = {"r1": on | {"eth1": lan[0]}, "r2": on | {"eth1": lan[1]}, "r3": on | {"eth1": "area"}}
    areas = {"r3": far_area}
    nodes = {}
    for name, ways in ports.items():
        area = f" ipv6 ospf6 area {areas.get(name, 0)}\n"
        words = {"area": area, "passive": f"{area} ipv6 ospf6 passive\n", "off": ""}
        text = "".join(f"interface {port}\n{words[way]}exit\n" for port, way in ways.items())
        held = {end.name: ipaddress.ip_interface(end.addresses[0]) for end in made.interfaces(name)}
        held |= {"eth1": ipaddress.ip_interface("2001:db8:3::3/64")} if name == "r3" else {}
        nodes[name] = Seen(
            made.nodes[name],
            ports={port: Port(port, held=(Held(at),)) for port, at in held.items()},
            config=of_frr(f"{text}router ospf6\nexit\n"),
        )
    return Network(made, nodes)


class SolvedLab:
    """A lab of the catalogue with its recorded state. A test changes a copy of that state."""

    def __init__(self, name):
        self.lab = load_lab(REPO / "labs/catalog" / name)
        self.model = recorded.read(self.lab)
        self.network = Network(self.lab, {node.name: Seen(node) for node in self.lab.nodes.values()})

    def check(self, name):
        """The parsed check with this id, its node and its stage."""
        for stage in self.lab.stages:
            for one in stage.checks:
                if one.id == name:
                    return TYPES[one.type].parse(one.expect).placed(self.lab), self.lab.nodes[one.on[0]], stage.id
        raise LookupError(name)

    def suspect(self, name, change, model=None):
        check, node, stage = self.check(name)
        live, model = as_json(self.model), model or self.model
        change(live)
        return compared.suspect(check, node, self.network, from_json(live), model, stage)

    def named(self, name, change):
        """The sentences for what the check with this id suspects, or None."""
        found = self.suspect(name, change)
        return found and str(sentences.named(found, self.lab).text)
