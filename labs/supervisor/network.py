"""The lab's nodes and links as Mininet objects (Topo, Mininet, Node, Link, Intf), with isolated nodes instead of shells.

Mininet keeps the model: which interface is linked to which. Our classes create nodes by ``NodeSpace`` and collect all ``ip``
commands, so that one run of ``ip -batch`` creates all links of a lab.
"""

import contextlib
import itertools
import json
import subprocess
import zlib
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mininet.link import Intf, Link
from mininet.net import Mininet
from mininet.node import Node
from mininet.topo import Topo

from labs.engine.shared import pace
from labs.supervisor import syscalls
from labs.supervisor.node import NodeSpace

Mininet.inited = True  # Mininet's start writes sysctls of the machine, which we may not and need not

BRIDGE = "br0"
MTU = 1500  # of a new link
MOST_SETTINGS = 1000  # addresses and routes of an interface that we bring back
AT_ONCE = 8  # nodes that are configured in parallel
FIRST_OWNER, LAST_OWNER = 60_000, 65_000  # ids that no file or daemon of a node uses
QUIET_IPV6 = {"net.ipv6.conf.default.accept_dad": "0", "net.ipv6.conf.all.accept_dad": "0"}
ROUTER = {"net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.default.forwarding": "1", "net.ipv4.ip_forward": "1"}
BRIDGED = {f"net.bridge.bridge-nf-call-{table}": "0" for table in ("arptables", "iptables", "ip6tables")}


class LinkFailed(Exception):
    """The kernel refused a change of a link; the text is the message of ``ip``, ``tc`` or ``nft``."""


class LabNode(Node):
    """A node without Mininet's shell: the supervisor runs its commands."""

    # Each reset takes a new owner; the first are free long before they are used again
    owners = itertools.cycle(range(FIRST_OWNER, LAST_OWNER))
    begun: list["LabNode"] = []

    def __init__(self, name: str, *, spec: Mapping[str, Any], **params: Any) -> None:
        self.spec = spec
        super().__init__(name, **params)

    @classmethod
    def checkSetup(cls) -> None:
        """Mininet's own tools are not needed."""

    def startShell(self, mnopts: str | None = None) -> None:
        self.space = NodeSpace(
            self.name, next(LabNode.owners), disk=self.spec["disk"], processes=self.spec["processes"]
        )
        LabNode.begun.append(self)

    def mountPrivateDirs(self) -> None:
        """The node has its own root file system."""

    def config(self, **params: Any) -> dict[str, Any]:
        """Use the addresses of the lab, which are set in one batch, and not Mininet's 10.0.0.0/8."""
        return {}

    def terminate(self) -> None:
        self.space.close()


class LabIntf(Intf):
    """An interface that is configured in the batch of its node."""

    def config(self, *args: Any, **params: Any) -> dict[str, Any]:
        return {}


class LabLink(Link):
    """A veth pair, created from outside the nodes, where the pids of nodes are known."""

    begun: list[tuple[str, Any, str, Any]] = []

    @classmethod
    def makeIntfPair(
        cls,
        name1: str,
        name2: str,
        addr1: str | None = None,
        addr2: str | None = None,
        node1: Any = None,
        node2: Any = None,
        deleteIntfs: bool = True,
    ) -> None:
        cls.begun.append((name1, node1, name2, node2))  # the nodes have no pid yet

    @classmethod
    def commands(cls) -> list[str]:
        """The ``ip`` commands that create the links begun so far."""
        begun, cls.begun = cls.begun, []
        return [f"link add {_end(a, x)} type veth peer {_end(b, y)}" for a, x, b, y in begun]


def _end(interface: str, node: Any) -> str:
    return f"name {interface} address {hardware_address(node.name, interface)} netns {node.pid}"


def hardware_address(node: str, interface: str) -> str:
    """The hardware address of an interface. It is the same in each lab, so that link-local addresses survive a resume."""
    return ":".join(f"{byte:02x}" for byte in b"\x02V" + zlib.crc32(f"{node}:{interface}".encode()).to_bytes(4))


class LabTopo(Topo):
    """The lab's description as a Mininet topology."""

    def build(self, lab: Mapping[str, Any]) -> None:
        for name, spec in lab["nodes"].items():
            self.addHost(name, cls=LabNode, spec=spec, ip=None)
        for (a, a_name), (b, b_name) in lab["links"]:
            self.addLink(a, b, intfName1=a_name, intfName2=b_name)


class Network:
    """The network of the lab: build it, look nodes up, and replace one node at a time."""

    def __init__(self, lab: Mapping[str, Any]) -> None:
        self.lab = lab
        self._kept: dict[tuple[str, str], list[str]] = {}  # ip commands that restore the ends of unplugged cables
        LabLink.begun, LabNode.begun = [], []
        self.mininet = Mininet(
            topo=LabTopo(lab), controller=None, link=LabLink, intf=LabIntf, build=False, waitConnected=False
        )

    def make_nodes_and_links(self) -> None:
        self.mininet.build()
        self._flush()

    def space(self, name: str) -> NodeSpace:
        node: LabNode = self.mininet.nameToNode[name]
        return node.space

    def names(self) -> list[str]:
        return list(self.lab["nodes"])

    def _flush(self) -> None:
        """Finish the nodes that Mininet has begun, in parallel, and then create all links in one batch."""
        nodes, LabNode.begun = LabNode.begun, []
        for node in nodes:
            node.space.map()
        for node in nodes:
            node.space.finish()
            node.pid = node.space.pid
        if commands := LabLink.commands():
            run_ip(["-batch", "-"], "\n".join(commands))

    def configure(self, names: Iterable[str]) -> None:
        """Set sysctls and addresses and bring links up, on each of these nodes; at most AT_ONCE nodes in parallel."""
        running: deque[subprocess.Popen[str]] = deque()
        for name in names:
            spec, space = self.lab["nodes"][name], self.space(name)
            write_sysctls(
                space.pid, {**QUIET_IPV6, **(ROUTER if spec["kind"] in ("frr", "bird") else {}), **BRIDGED}, must=False
            )
            write_sysctls(space.pid, spec["sysctls"], must=True)
            with syscalls.network_of(space.pid):
                running.append(begin_ip("\n".join(self._node_batch(name))))
            if len(running) >= AT_ONCE:
                end_ip(running.popleft())
        while running:
            end_ip(running.popleft())

    def _node_batch(self, name: str) -> list[str]:
        spec = self.lab["nodes"][name]
        lines = ["link set lo up", *(f"address add {address} dev lo" for address in spec["loopback"])]
        if spec["kind"] == "switch":
            lines += [f"link add {BRIDGE} type bridge mcast_snooping 0", f"link set dev {BRIDGE} addrgenmode none up"]
        for interface in spec["interfaces"]:
            lines += self._interface_batch(name, interface)
        return lines

    def _interface_batch(self, name: str, interface: str) -> list[str]:
        spec = self.lab["nodes"][name]
        if spec["kind"] == "switch":
            return [f"link set dev {interface} addrgenmode none master {BRIDGE} up"]
        return [f"link set dev {interface} up"] + [
            f"address add {address} dev {interface}" + (" nodad" if ":" in address and not spec["dad"] else "")
            for address in spec["interfaces"][interface]
        ]

    def _run_in(self, space: NodeSpace, batch: str) -> None:
        with syscalls.network_of(space.pid):
            run_ip(["-batch", "-"], batch)

    def set_link(self, name: str, interface: str, *, up: bool) -> None:
        """Unplug a cable, or plug it in; then ``restore`` brings back what IPv6 dropped when the link went down."""
        for other, other_interface in self.ends(name, interface):
            space = self.space(other)
            if not up:
                self._kept.setdefault((other, other_interface), self._settings(space, other_interface))
            self._run_in(space, f"link set dev {other_interface} {'up' if up else 'down'}")

    def restore(self, name: str, interface: str) -> bool:
        """Restore the addresses and hand-set routes at both ends of a cable.

        Returns False while the kernel refuses them: until the carrier is up, no gateway is reachable.
        """
        done = True
        for end in self.ends(name, interface):
            try:
                self._run_in(self.space(end[0]), "\n".join(self._kept.get(end, [])))
            except LinkFailed:
                done = False
            else:
                self._kept.pop(end, None)
        return done

    def has(self, end: str) -> bool:
        """Whether the lab has an interface with a cable by this name, written NODE:INTERFACE."""
        node, _, interface = end.partition(":")
        return interface in self.lab["nodes"].get(node, {"interfaces": {}})["interfaces"]

    def ends(self, name: str, interface: str) -> list[tuple[str, str]]:
        """Both ends of the cable at this interface, in the order of the lab."""
        links = [[(node, port) for node, port in ends] for ends in self.lab["links"]]
        return next(ends for ends in links if (name, interface) in ends)

    def forget_kept(self, name: str) -> None:
        """Forget the saved settings of all cables of a node that is about to be reset."""
        for interface in self.lab["nodes"][name]["interfaces"]:
            self.forget_kept_of((name, interface))

    def forget_kept_of(self, end: tuple[str, str]) -> None:
        """Forget the saved settings of a cable that the learner has plugged in."""
        for each in self.ends(*end):
            self._kept.pop(each, None)

    def is_up(self, space: NodeSpace, interface: str) -> bool:
        with syscalls.network_of(space.pid):
            found = read_ip(["-j", "link", "show", "dev", interface])
        return bool(found and "UP" in found[0].get("flags", []))

    def kept(self, name: str) -> dict[str, list[str]]:
        """The ip commands that restore the ends of unplugged cables on a node, by interface."""
        return {interface: lines for (node, interface), lines in self._kept.items() if node == name}

    def _settings(self, space: NodeSpace, interface: str) -> list[str]:
        """The ``ip`` commands that bring an interface's MTU, addresses and hand-set routes back."""
        with syscalls.network_of(space.pid):
            found = read_ip(["-j", "address", "show", "dev", interface])
            routes = [(f, one) for f in "64" for one in read_ip(["-j", f"-{f}", "route", "show", "dev", interface])]
        link = found[0] if found else {}
        lines = [f"link set dev {interface} mtu {link['mtu']}"] if link.get("mtu", MTU) != MTU else []
        lines += [
            f"address replace {address['local']}/{address['prefixlen']} dev {interface}"
            + (" nodad" if address["family"] == "inet6" else "")
            for address in link.get("addr_info", [])
            # ip prints {} for an address that the filter hides
            if "local" in address and not address.get("dynamic") and address.get("scope") == "global"
        ]
        lines += [_route(family, route, interface) for family, route in routes if _is_set_by_hand(route)]
        return lines[:MOST_SETTINGS]

    def hung_on(self, name: str) -> dict[tuple[str, str], list[str]]:
        """The ``ip`` commands for what hangs on the links of a node at their other ends; it is lost when the node is reset."""
        found = {}
        for links in self.lab["links"]:
            ends = [(node, interface) for node, interface in links]
            if name in (node for node, _ in ends):
                for end in ends:
                    if end[0] != name and self.lab["nodes"][end[0]]["kind"] != "switch":
                        found[end] = self._kept.get(end) or self._settings(self.space(end[0]), end[1])
        return found

    def keep(self, settings: Mapping[tuple[str, str], list[str]]) -> None:
        """Keep these commands for ends of cables, for ``restore``."""
        self._kept.update(settings)

    def replace(self, name: str) -> list[str]:
        """Replace a node whose processes have ended: create it again, with its links and its neighbours' addresses on them.

        Returns the names of the neighbours.
        """
        old = self.mininet.nameToNode[name]
        spec = self.lab["nodes"][name]
        mine = [link for link in self.lab["links"] if name in (link[0][0], link[1][0])]
        old.terminate()
        self._wait_for_ends(mine, name)
        self.mininet.hosts.remove(old)
        self.mininet.links = [link for link in self.mininet.links if old not in (link.intf1.node, link.intf2.node)]
        self.mininet.addHost(name, cls=LabNode, spec=spec, ip=None)
        neighbours = []
        for (a, a_name), (b, b_name) in mine:
            self.mininet.addLink(a, b, intfName1=a_name, intfName2=b_name)
            neighbours.append((b, b_name) if a == name else (a, a_name))
        self._flush()
        self.configure([name])
        for neighbour, interface in neighbours:
            if neighbour != name:
                self._run_in(self.space(neighbour), "\n".join(self._interface_batch(neighbour, interface)))
        return [neighbour for neighbour, _ in neighbours]

    def _wait_for_ends(self, links: list[Any], name: str) -> None:
        """Delete the other ends of a dead node's links. The kernel would do it later, and until then their names are taken."""
        for ends in links:
            for other, interface in ends:
                if other != name:
                    with syscalls.network_of(self.space(other).pid):
                        subprocess.run(
                            ["ip", "link", "del", "dev", interface],
                            capture_output=True,
                            check=False,
                            timeout=pace.seconds(10),
                        )

    def close(self) -> None:
        for node in self.mininet.hosts:
            node.terminate()


def _is_set_by_hand(route: Mapping[str, Any]) -> bool:
    """Whether a person or ``start`` has set the route. Daemons set theirs again: those of FRR have a next hop object."""
    return route.get("protocol", "boot") in ("boot", "static") and "nhid" not in route  # ip does not print "boot"


def _route(family: str, route: Mapping[str, Any], interface: str) -> str:
    everywhere = "::/0" if family == "6" else "0.0.0.0/0"
    words = ["route replace", everywhere if route["dst"] == "default" else route["dst"]]
    words += ["via", route["gateway"]] if "gateway" in route else []
    words += ["dev", interface]
    for key, word in (("metric", "metric"), ("prefsrc", "src")):
        words += [word, str(route[key])] if key in route else []
    mtu = next((one["mtu"] for one in route.get("metrics", []) if "mtu" in one), 0)
    return " ".join(words) + (f" mtu {mtu}" if mtu else "")


def write_sysctls(pid: int, values: Mapping[str, str], *, must: bool) -> None:
    """Set sysctls below net. in the network of PID. With MUST, a sysctl that cannot be set raises LinkFailed."""
    with syscalls.network_of(pid):
        for key, value in values.items():
            path = Path("/proc/sys") / key.replace(".", "/")
            try:
                path.write_text(value)
            except OSError as error:
                if must:
                    raise LinkFailed(f"sysctl {key} = {value}: {error.strerror}") from error


def run_ip(arguments: list[str], batch: str) -> None:
    done = subprocess.run(
        ["ip", *arguments], input=batch, text=True, capture_output=True, check=False, timeout=pace.seconds(30)
    )
    if done.returncode:
        raise LinkFailed(f"ip: {done.stderr.strip()[:400]}")


def begin_ip(batch: str) -> "subprocess.Popen[str]":
    """Start a batch in the current network namespace. It continues after we have left that namespace."""
    process = subprocess.Popen(
        ["ip", "-batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin  # noqa: S101 — for the type checker
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(batch)
        process.stdin.flush()
    return process


def end_ip(process: "subprocess.Popen[str]") -> None:
    _, said = process.communicate(timeout=pace.seconds(30))
    if process.returncode:
        raise LinkFailed(f"ip: {said.strip()[:400]}")


def read_ip(arguments: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(["ip", *arguments], capture_output=True, check=False, timeout=pace.seconds(30))
    return [] if done.returncode else list(json.loads(done.stdout or b"[]", strict=False))
