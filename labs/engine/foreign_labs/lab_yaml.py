"""Makes the content of our lab.yaml from a foreign lab: our names, links and switches, addresses that our rules accept, checks."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.engine.authoring import check_defaults, topology
from labs.engine.authoring.schema import LAB, SYSCTL
from labs.engine.checks import TYPES, BadExpect
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import names
from labs.engine.foreign_labs.foreign_lab import MOST_CHECKS, ForeignCheck, ForeignLab, ForeignNode
from labs.engine.foreign_labs.solution_split import Split, address_commands
from labs.typed_yaml.shapes import Problems, Word

MOST_PASSES = 20
WORD = Word("a setting", SYSCTL.pattern, 120)
MOST_WITHIN = 120  # seconds


@dataclass(slots=True)
class Document:
    """The parts of a lab folder. Nodes have our names."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    solution: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)


def make_document(lab: ForeignLab, made: Split) -> Document:
    return _Maker(lab, made).make()


class _Maker:
    def __init__(self, lab: ForeignLab, made: Split) -> None:
        self.lab, self.split = lab, made
        self.names = names.node_names(lab.nodes)
        self.renamed = {
            node: {one: ours for one in sorted(lab.interfaces(node)) if (ours := names.interface_name(one)) != one}
            for node in lab.nodes
        }
        self.document = Document()

    def make(self) -> Document:
        for node in self.lab.nodes.values():
            self.document.nodes[self.names[node.name]] = self._node(node)
        self._links()
        for node in self.lab.nodes.values():
            self._solution_and_files(node)
        self._demote_addresses()
        self._checks()
        return self.document

    def _node(self, node: ForeignNode) -> dict[str, Any]:
        if node.kind is Kind.SWITCH:
            return {"kind": "switch"}
        made: dict[str, Any] = {"kind": str(node.kind)}
        if node.name not in self.split.learners:
            made["learner"] = False
        if node.kind is Kind.FRR and node.daemons:
            made["daemons"] = sorted(node.daemons)
        sysctls = {key: value for key, value in node.sysctls.items() if self._is_setting(node, key)}
        if sysctls:
            made["sysctls"] = sysctls
        if node.addresses.get("lo"):
            made["loopback"] = list(dict.fromkeys(a for a in node.addresses["lo"] if not _is_localhost(a)))
        return {key: value for key, value in made.items() if value or value is False}

    def _is_setting(self, node: ForeignNode, key: str) -> bool:
        problems = Problems()
        WORD.read(key, (), problems)
        if problems.found:
            self.lab.leave_out(node.place, f"sysctl {key} of {node.name}", "a lab sets only network settings (net.…)")
        return not problems.found

    def _links(self) -> None:
        for segment in self.lab.segments:
            ends = [(self.names[node], self._interface(node, interface)) for node, interface in segment.ends]
            if len(ends) == 2:
                self.document.links.append(self._link(segment.ends[0], segment.ends[1]))
                continue
            switch = names.unique(names.slug(segment.name, 9, "lan"), self.document.nodes, names.LONGEST_NODE)
            self.document.nodes[switch] = {"kind": "switch"}
            for number, end in enumerate(segment.ends):
                port = {"interface": f"{switch}:port{number}"}
                self.document.links.append({"a": self._end(end), "b": port})

    def _link(self, a: tuple[str, str], b: tuple[str, str]) -> dict[str, Any]:
        return {"a": self._end(a), "b": self._end(b)}

    def _interface(self, node: str, interface: str) -> str:
        return self.renamed[node].get(interface, interface)

    def _end(self, end: tuple[str, str]) -> dict[str, Any]:
        node, interface = end
        made: dict[str, Any] = {"interface": f"{self.names[node]}:{self._interface(node, interface)}"}
        typed = self.split.typed_addresses and node in self.split.learners
        borrowed = self._borrowed(self.lab.nodes[node], interface)
        given = [one for one in self.lab.nodes[node].addresses.get(interface, ()) if one not in borrowed]
        if given and not typed:
            made["addresses"] = list(dict.fromkeys(given))
        return made

    def _borrowed(self, node: ForeignNode, interface: str) -> list[str]:
        """Return the addresses that an unnumbered interface has from the loopback. Our rules for links allow none of them."""
        own = {ipaddress.ip_interface(one).ip for one in node.addresses.get("lo", ())}
        given = [(one, ipaddress.ip_interface(one)) for one in node.addresses.get(interface, ())]
        return [text for text, one in given if one.ip in own and one.network.prefixlen == one.max_prefixlen]

    def _solution_and_files(self, node: ForeignNode) -> None:
        name, renamed = self.names[node.name], self.renamed[node.name]
        known = self.lab.interfaces(node.name)
        others = {i: given for i, given in node.addresses.items() if i != "lo" and i not in known}
        commands = address_commands({i: given for i, given in others.items() if i in node.made})
        for interface in others:
            if interface not in node.made:
                why = f"{node.name} has no interface {interface} here. A lab has no management network"
                self.lab.leave_out(node.place, f"{', '.join(others[interface])} on {interface} of {node.name}", why)
        if not (self.split.typed_addresses and node.name in self.split.learners):
            commands += address_commands({i: self._borrowed(node, i) for i in sorted(known)})
        start = [*self.split.start.get(node.name, ()), *commands]
        # A route needs the addresses, and those of the interfaces that a command makes come last
        start.sort(key=lambda line: " route " in line)
        if start:
            self.document.nodes[name]["start"] = [names.replaced(line, renamed) for line in start]
        lines = list(self.split.solution.get(node.name, ()))
        if self.split.typed_addresses and node.name in self.split.learners:
            lines = [*address_commands({i: a for i, a in node.addresses.items() if i in known}), *lines]
        if lines:
            self.document.solution[name] = [names.replaced(line, renamed) for line in lines]
        files = self.split.files.get(node.name, {})
        self.document.files[name] = {path: _renamed(content, renamed) for path, content in files.items()}

    def _demote_addresses(self) -> None:
        """Let a start command set each address that our rules for links refuse, such as one that two links have."""
        for _pass in range(MOST_PASSES):
            problems = Problems()
            read: Mapping[str, Any] = LAB.read(
                {"nodes": self.document.nodes, "links": self.document.links}, (), problems
            )
            problems = Problems()
            topology.check_links(read["nodes"], read.get("links", ()), problems)
            refused = {place: text for place, text in problems.found if place[-1] in ("addresses", "loopback")}
            if not refused:
                return
            for place, message in refused.items():
                self._demote(place, message)

    def _demote(self, place: Sequence[str | int], message: str) -> None:
        if place[0] == "nodes":
            name, interface, holder = str(place[1]), "lo", self.document.nodes[str(place[1])]
        else:
            holder = self.document.links[int(place[1])][str(place[2])]
            name, interface = holder["interface"].split(":")
        given = holder.pop(str(place[-1]), [])
        node = self.document.nodes[name]
        node["start"] = [*address_commands({interface: given}), *node.get("start", ())]
        foreign = next(one for one, ours in self.names.items() if ours == name)
        what = f"{', '.join(map(str, given))} on {interface} of {foreign} as an address of its link"
        self.lab.leave_out(self.lab.nodes[foreign].place, what, f"a start command sets it instead. {message}")

    def _checks(self) -> None:
        ids: list[str] = []
        for check in self.lab.checks:
            if len(ids) >= MOST_CHECKS:
                self.lab.leave_out(check.place, check.title, f"a lab has at most {MOST_CHECKS} imported checks")
                continue
            if self._can_be_made(check) and (made := self._check(check, ids)):
                ids.append(made["id"])
                self.document.checks.append(made)

    def _can_be_made(self, check: ForeignCheck) -> bool:
        kind = TYPES[check.type]
        wrong = [name for name in check.on if self.lab.nodes[name].kind not in kind.KINDS]
        if wrong:
            node = self.lab.nodes[wrong[0]]
            why = f"{check.type} needs a node of kind {' or '.join(sorted(kind.KINDS))}; {node.name} is a {node.kind}"
            self.lab.leave_out(check.place, check.title, why)
            return False
        try:
            kind.parse(check.expect)
        except BadExpect as bad:
            self.lab.leave_out(check.place, check.title, str(bad))
            return False
        return True

    def _check(self, check: ForeignCheck, ids: Sequence[str]) -> dict[str, Any] | None:
        default = check_defaults.of(check.type)
        given = check.within if check.within is not None else default.within
        within = min(max(given, default.within), MOST_WITHIN)
        on = [self.names[name] for name in check.on]
        made: dict[str, Any] = {
            "id": names.unique(names.slug(f"{check.type}-{on[0]}", 50, "check"), ids, names.LONGEST_ID),
            "type": check.type,
            "title": " ".join(check.title.split())[:200],
            "on": on,
            "expect": dict(check.expect),
            "points": default.points,
            "within": within,
        }
        if check.type == "reach.matrix":
            made["partial"] = True
        if check.is_absence:
            control = next(self._controls(check, on), "")
            if not control:
                self.lab.leave_out(
                    check.place,
                    check.title,
                    "no other check of this node shows that the network works, and absence alone proves nothing",
                )
                return None
            made["control"] = [control]
        return made | {"hint": [default.hint]}

    def _controls(self, check: ForeignCheck, on: Sequence[str]) -> Iterator[str]:
        """Yield checks of the same nodes that pass only in a working network, those of the same type first."""
        for wanted in (check.type, "config.contains", "bgp.session", "ospf.neighbor", "reach.matrix", "fib.route"):
            for other in self.document.checks:
                if other["type"] == wanted and other["on"] == on and "control" not in other:
                    yield other["id"]


def _is_localhost(address: str) -> bool:
    return ipaddress.ip_interface(address).ip.is_loopback


def _renamed(content: bytes, renamed: dict[str, str]) -> bytes:
    if not renamed:
        return content
    try:
        return "".join(f"{names.replaced(line, renamed)}\n" for line in content.decode().splitlines()).encode()
    except UnicodeDecodeError:
        return content
