"""The parts of a lab that leave with it when somebody takes it home: segments, commands, files, and its solution as a script."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.foreign_labs import export_tables as tables
from labs.engine.foreign_labs.frr_tables import OPENS
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING

FRR_CONF = "/etc/frr/frr.conf"
END = "VAKA_END"


@dataclass(frozen=True, slots=True)
class HomeSegment:
    """A link or a LAN, with (node, interface) of each end that is no switch."""

    name: str
    ends: tuple[tuple[str, str], ...]

    @property
    def is_link(self) -> bool:
        return len(self.ends) == 2


@dataclass(slots=True)
class Home:
    """The files of an exported lab by path; how to start and stop it; and what is different there."""

    start: str
    stop: str
    console: str  # how to open a shell on a node
    files: dict[str, bytes] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)  # paths of files that can be run
    before: list[str] = field(default_factory=list)  # commands to type before the first start
    notes: list[str] = field(default_factory=list)


def segments(lab: Lab) -> list[HomeSegment]:
    """Return the links; all links of a switch, and of switches that are connected, are one segment."""
    above = {name: name for name, node in lab.nodes.items() if node.kind is Kind.SWITCH}

    def root(name: str) -> str:
        while above[name] != name:
            name = above[name]
        return name

    for link in lab.links:
        if link.a.node in above and link.b.node in above:
            above[root(link.a.node)] = root(link.b.node)
    found: dict[str, list[tuple[str, str]]] = {}
    for number, link in enumerate(lab.links, 1):
        switch = next((root(end.node) for end in link.ends if end.node in above), "")
        ends = [(end.node, end.name) for end in link.ends if end.node not in above]
        found.setdefault(switch or f"link{number}", []).extend(ends)
    return [HomeSegment(name, tuple(ends)) for name, ends in found.items()]


def with_shell(lab: Lab) -> list[Node]:
    return [node for node in lab.nodes.values() if node.has_shell]


def set_up(lab: Lab, node: Node) -> list[str]:
    """Return the commands that give a node its sysctls and addresses, as our supervisor does at the start."""
    routes = node.kind in (Kind.FRR, Kind.BIRD)
    settings = {**tables.NODE_SYSCTLS, **(tables.ROUTER_SYSCTLS if routes else {}), **node.sysctls}
    lines = [f"sysctl -w {key}={value}" for key, value in settings.items()]
    given = [("lo", one) for one in node.loopback]
    given += [(end.name, one) for end in lab.interfaces(node.name) for one in end.addresses]
    for interface, address in given:
        six = ":" in address
        lines.append(f"ip {'-6 ' if six else ''}addr replace {address} dev {interface}{' nodad' if six else ''}")
    return lines


def files_of(node: Node) -> Mapping[str, bytes]:
    """Return the start files by path. FRR gets its list of daemons and one configuration file."""
    files = {file.path: file.content for file in node.files}
    if node.kind is Kind.FRR:
        files.setdefault(FRR_CONF, b"")
        names = (*ALWAYS_RUNNING, *node.daemons)
        files["/etc/frr/daemons"] = "".join([*(f"{name}=yes\n" for name in names), "vtysh_enable=yes\n"]).encode()
        files["/etc/frr/vtysh.conf"] = b"service integrated-vtysh-config\n"
    return files


def programs_of(node: Node) -> set[str]:
    """Return the paths of the start files that can be run."""
    return {file.path for file in node.files if file.executable}


def as_script(lines: Sequence[str]) -> str:
    """Return typed lines as a script for bash: what is typed into vtysh becomes a here-document."""
    return "".join(f"{line}\n" for line in ["#!/bin/bash", *_script(lines)])


def _script(lines: Sequence[str]) -> Iterator[str]:
    inside, depth = False, 0  # depth: 0 at the top of vtysh, 1 in the configuration, more in its blocks
    for line in lines:
        if not inside and line == "vtysh":
            inside, depth = True, 0
            yield f"vtysh <<'{END}'"
        elif inside and depth == 0 and line in ("exit", "quit"):
            inside = False
            yield END
        else:
            yield line
            depth = _depth(line, depth) if inside else depth
    if inside:
        yield END


def _depth(line: str, depth: int) -> int:
    if line == "end":
        return 0
    if depth == 0:
        return 1 if line.startswith("conf") else 0
    if line.startswith("address-family "):
        return 3
    if OPENS.match(line):
        return 2
    return depth - 1 if line in ("exit", "exit-address-family", "quit") else depth
