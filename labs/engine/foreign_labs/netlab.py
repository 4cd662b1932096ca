"""Reads a topology of netlab: netlab computes addresses and configurations, and its validation becomes our checks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import netlab_tables as tables
from labs.engine.foreign_labs.foreign_lab import MOST_NODES, CannotImport, ForeignLab, ForeignNode, Place, Segment
from labs.engine.foreign_labs.frr_config import read_frr
from labs.engine.foreign_labs.linux_commands import read_command, read_commands
from labs.engine.foreign_labs.netlab_checks import add_checks
from labs.engine.foreign_labs.netlab_run import transformed
from labs.engine.foreign_labs.netlab_topology import Topology, read_topology
from labs.engine.foreign_labs.node_files import is_plain
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder

VTYSH_SCRIPT = "#!/usr/bin/vtysh"
HERE_DOCUMENT = re.compile(r"^cat >/tmp/config <<CONFIG\n(.*?)^CONFIG$", re.MULTILINE | re.DOTALL)
ROUTE = re.compile(r"ip (?:-[46] )?route (?:add|replace) .*")
NEEDLESS_FILES = ("daemons", "hosts")
FAMILIES = ("ipv4", "ipv6")


def read_netlab(folder: SourceFolder, file: str, name: str, program: str) -> ForeignLab:
    """Return the lab. PROGRAM is netlab's command. Raises CannotImport."""
    lab = ForeignLab(system="netlab", name=name, place=Place(file))
    topology = read_topology(lab, folder, file)
    lab.name = str(topology.marked.value.get("name") or name)
    lab.description = str(topology.marked.value.get("message") or "")
    nodes = topology.clean.get("nodes")
    if isinstance(nodes, Mapping | list) and len(nodes) > MOST_NODES:
        raise CannotImport(
            f"{file}: the topology has more than {MOST_NODES} nodes. A lab of this size is not imported."
        )
    with transformed(topology.clean, topology.devices, program) as (result, made):
        _Reader(lab, topology, result, made).read()
    return lab


class _Reader:
    def __init__(self, lab: ForeignLab, topology: Topology, result: Mapping[str, Any], made: SourceFolder) -> None:
        self.lab, self.topology, self.result, self.made = lab, topology, result, made

    def read(self) -> None:
        others = {name for group in tables.INSTRUCTORS for name in self._members(group)}
        for name, node in self.result["nodes"].items():
            kind = tables.DEVICES.get(node.get("device", ""), Kind.FRR)
            self.lab.nodes[name] = ForeignNode(name=name, kind=kind, place=self.topology.place("nodes", name))
            if others and others < set(self.result["nodes"]):
                self.lab.nodes[name].learner = name not in others
            self._addresses(name, node)
        for link in self.result.get("links", ()):
            ends = [
                (end["node"], end["ifname"]) for end in link.get("interfaces", ()) if end.get("node") in self.lab.nodes
            ]
            if ends and link.get("type") not in ("loopback", "vlan_member", "tunnel"):
                name = str(link.get("_linkname", f"link{link.get('linkindex')}"))
                place = self.topology.place("links", int(link.get("linkindex", 1)) - 1)
                self.lab.segments.append(Segment(name=name.replace("links", "lan"), ends=ends, place=place))
        for name, node in self.result["nodes"].items():
            self._configurations(self.lab.nodes[name], node)
        add_checks(self.lab, self.topology, self.result["nodes"])

    def _members(self, group: str) -> Sequence[str]:
        found = self.result.get("groups", {}).get(group, {})
        return found.get("members", []) if isinstance(found, Mapping) else []

    def _addresses(self, name: str, node: Mapping[str, Any]) -> None:
        """FRR's addresses stand in its configuration, all others only here."""
        held = self.lab.nodes[name].addresses
        for interface in [node.get("loopback") or {}, *node.get("interfaces", ())]:
            for family in FAMILIES:
                given = interface.get(family)
                if isinstance(given, str) and "/" in given and self.lab.nodes[name].kind is not Kind.FRR:
                    held.setdefault(interface.get("ifname", "lo"), []).append(given)

    def _configurations(self, node: ForeignNode, given: Mapping[str, Any]) -> None:
        clab = given.get("clab") or {}
        for template in clab.get("config_templates", ()) if isinstance(clab, Mapping) else ():
            source, target = str(template.get("source", "")), str(template.get("target", ""))
            path = f"node_files/{node.name}/{source}"
            if source in NEEDLESS_FILES:
                continue
            try:
                self._configuration(node, self.made.text(path), target, f"{path}")
            except Refused as why:
                self.lab.leave_out(node.place, f"the configuration {source} of {node.name}", str(why))

    def _configuration(self, node: ForeignNode, text: str, target: str, path: str) -> None:
        where = f"netlab:{path}"  # a file that netlab made; the source has no line for it
        if text.startswith(VTYSH_SCRIPT):
            read_frr(self.lab, node, text, where)
        elif node.kind is Kind.FRR:
            for part in HERE_DOCUMENT.findall(text):
                read_frr(self.lab, node, part, where)
            if not HERE_DOCUMENT.search(text):
                read_commands(self.lab, node, text, where)
        elif node.kind is Kind.BIRD and target.startswith("/etc/bird/") and is_plain(target):
            if target.endswith("/bird.conf"):
                node.routing = text.splitlines()
            else:
                node.files[target] = text.encode()
        else:  # netlab's own script for a host: its addresses are known already
            for number, line in enumerate(text.splitlines(), 1):
                if ROUTE.fullmatch(line.strip()):
                    read_command(self.lab, node, line.strip(), Place(where, number))
