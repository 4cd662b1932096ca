"""Reads a topology of containerlab: NAME.clab.yml, and the files that it binds into its nodes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs.engine.authoring.schema import DAEMONS
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import containerlab_tables as tables
from labs.engine.foreign_labs.foreign_lab import MOST_NODES, CannotImport, ForeignLab, ForeignNode, Place, Segment
from labs.engine.foreign_labs.linux_commands import read_command, read_commands
from labs.engine.foreign_labs.node_files import read_files
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder
from labs.typed_yaml.yaml_file import Marked, mark

FILES = re.compile(r"[^/]+\.ya?ml")
SHELL_FILE = re.compile(tables.EXEC_PREFIX)


def find_topology(folder: SourceFolder) -> str:
    """Return the topology file at the top of a folder; one that cannot be read if only its name says so; else an empty text."""
    files = [path for path, wrong in folder.files() if not wrong and FILES.fullmatch(path)]
    for path in sorted(files, key=lambda name: (".clab." not in name, name)):
        if _topology(_marked(folder, path)):
            return path
    return min((path for path in files if ".clab." in path), default="")


def _marked(folder: SourceFolder, path: str) -> Marked:
    try:
        return mark(folder.text(path), aliases=True)
    except Refused as why:
        marked = Marked()
        marked.errors.append((1, str(why)))
        return marked


def _topology(marked: Marked) -> Mapping[str, Any]:
    value = marked.value.get("topology") if isinstance(marked.value, Mapping) else None
    return value if isinstance(value, Mapping) and isinstance(value.get("nodes"), Mapping) else {}


def read_containerlab(folder: SourceFolder, file: str) -> ForeignLab:
    """Return the lab. Raises CannotImport."""
    marked = _marked(folder, file)
    if marked.errors:
        line, message = marked.errors[0]
        raise CannotImport(f"{file}:{line}: {message}")
    topology = _topology(marked)
    if not topology.get("nodes"):
        raise CannotImport(f"{file} has no topology with nodes. Name the .clab.yml file of a lab.")
    return _Reader(folder, file, marked, topology).read()


class _Reader:
    def __init__(self, folder: SourceFolder, file: str, marked: Marked, topology: Mapping[str, Any]) -> None:
        self.folder, self.file, self.marked, self.topology = folder, file, marked, topology
        name = str(marked.value.get("name") or file.partition(".")[0])
        self.lab = ForeignLab(system="containerlab", name=name, place=Place(file))

    def read(self) -> ForeignLab:
        nodes = self.topology["nodes"]
        if len(nodes) > MOST_NODES:
            raise CannotImport(
                f"{self.file}: the topology has more than {MOST_NODES} nodes. A lab of this size is not imported."
            )
        settings = {
            str(name): self._settings(value if isinstance(value, Mapping) else {}) for name, value in nodes.items()
        }
        for name, given in settings.items():
            self._node(name, given)
        self._links(self.topology.get("links"))
        for name, given in settings.items():
            self._contents(self.lab.nodes[name], given)
        for node in self.lab.nodes.values():
            if node.kind is Kind.HOST and len(self.lab.interfaces(node.name)) > 1:
                node.sysctls.setdefault("net.ipv4.ip_forward", "1")
        return self.lab

    def _place(self, *path: str | int) -> Place:
        return Place(self.file, self.marked.line(("topology", *path)))

    def _settings(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Return a node's settings with those of its kind, its group and the defaults, as containerlab joins them."""
        defaults = self._mapping("defaults")
        node = _merged(node)
        group = self._mapping("groups", node.get("group"))
        kind = node.get("kind") or group.get("kind") or defaults.get("kind")
        made: dict[str, Any] = {}
        for layer in (defaults, self._mapping("kinds", kind), group, node):
            for key, value in layer.items():
                joined = isinstance(value, list) and isinstance(made.get(key), list)
                made[key] = made[key] + value if joined else value
        return made

    def _mapping(self, key: str, name: object = None) -> Mapping[str, Any]:
        value = self.topology.get(key)
        if name is not None or key != "defaults":
            value = value.get(name) if isinstance(value, Mapping) and isinstance(name, str) else None
        return value if isinstance(value, Mapping) else {}

    def _node(self, name: str, given: Mapping[str, Any]) -> None:
        place = self._place("nodes", name)
        kind, image = str(given.get("kind", "linux")), str(given.get("image", ""))
        ours = tables.KINDS.get(kind)
        if ours is Kind.HOST:
            ours = next(
                found
                for part, found in tables.IMAGES
                if part in image.rpartition("/")[2].lower() or part in image.lower()
            )
        if ours is None:
            self.lab.leave_out(place, f"{name} of the kind {kind}", tables.VENDOR)
        self.lab.nodes[name] = ForeignNode(name=name, kind=ours or Kind.FRR, place=place)
        if isinstance(given.get("sysctls"), Mapping):
            self.lab.nodes[name].sysctls = {str(key): str(value) for key, value in given["sysctls"].items()}
        for key, value in given.items():
            if key not in tables.NEEDLESS:
                self.lab.leave_out(
                    place, f"{key} of {name}: {value}", tables.KEYS.get(key, "this setting of a node is not imported")
                )

    def _links(self, links: object) -> None:
        for at, link in enumerate(links if isinstance(links, list) else []):
            place = self._place("links", at)
            ends = list(self._ends(link.get("endpoints") if isinstance(link, Mapping) else None))
            kind = link.get("type", "veth") if isinstance(link, Mapping) else "veth"
            known = [end for end in ends if end[0] in self.lab.nodes]
            if kind not in tables.LINK_TYPES or len(ends) != 2 or len(known) != 2:
                what = " ".join(":".join(end) for end in ends) or str(link)
                self.lab.leave_out(
                    place,
                    f"link {what}",
                    "only links between two nodes of the lab are imported: a lab has no links to the outside",
                )
                continue
            for key in link:
                if key not in tables.LINK_NEEDLESS:
                    self.lab.leave_out(place, f"{key} of link {at + 1}", "this setting of a link is not imported")
            self.lab.segments.append(Segment(name=f"link{at + 1}", ends=known, place=place))
            for family in ("ipv4", "ipv6"):
                for (node, interface), address in zip(known, _list(link.get(family)), strict=False):
                    if address and self.lab.nodes[node].kind is not Kind.SWITCH:
                        self.lab.nodes[node].addresses.setdefault(interface, []).append(str(address))

    def _ends(self, given: object) -> Iterator[tuple[str, str]]:
        for one in _list(given):
            if isinstance(one, Mapping):
                yield str(one.get("node")), str(one.get("interface"))
            elif ":" in str(one):
                node, _, interface = str(one).partition(":")
                yield node, interface

    def _contents(self, node: ForeignNode, given: Mapping[str, Any]) -> None:
        bound = dict(self._bound(node, given))  # source by path in the node
        read_files(self.lab, node, self.folder, [(source, inside) for inside, source in bound.items()])
        extras = given.get("extras")
        frr = extras.get("frr") if isinstance(extras, Mapping) else None
        if isinstance(frr, Mapping):
            node.daemons |= {str(one) for one in _list(frr.get("daemons")) if one in DAEMONS}
        place = self._place("nodes", node.name, "exec")
        for at, command in enumerate(_list(given.get("exec"))):
            line = " ".join(str(command).split())
            where = Place(self.file, self.marked.line(("topology", "nodes", node.name, "exec", at)))
            script = SHELL_FILE.fullmatch(line)
            if script and (source := bound.get(script["file"].lstrip("/"))):
                self._script(node, source)
            else:
                read_command(self.lab, node, line, where if where.line > 1 else place)

    def _script(self, node: ForeignNode, source: str) -> None:
        try:
            read_commands(self.lab, node, self.folder.text(source), source)
        except Refused as why:
            self.lab.leave_out(Place(source), source, str(why))

    def _bound(self, node: ForeignNode, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield (path in the node, path in the source) of each file that is bound into a node."""
        place = self._place("nodes", node.name)
        startup = given.get("startup-config")
        if startup and node.kind is Kind.FRR and given.get("kind") == "frr":
            yield "etc/frr/frr.conf", _plain(str(startup))
        elif startup:
            self.lab.leave_out(
                place,
                f"startup-config of {node.name}",
                "it is written for an operating system that the lab image lacks",
            )
        for bind in _list(given.get("binds")):
            source, _, rest = str(bind).replace(tables.NAME_VARIABLE, node.name).partition(":")
            inside = rest.partition(":")[0].strip("/")
            source = _plain(source)
            below = [path for path, wrong in self.folder.files(source) if not wrong] if not _leads_out(source) else []
            if not inside:
                self.lab.leave_out(place, f"bind {bind}", "a bind needs two paths")
            elif below:
                for path in below:
                    yield f"{inside}/{path.removeprefix(source).lstrip('/')}", path
            else:
                yield inside, source


def _merged(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a mapping with what its YAML merge key (<<) brings."""
    more = node.get("<<")
    layers = [more] if isinstance(more, Mapping) else _list(more)
    made = {key: value for layer in layers if isinstance(layer, Mapping) for key, value in layer.items()}
    return made | {key: value for key, value in node.items() if key != "<<"}


def _plain(path: str) -> str:
    return re.sub(r"^(?:\./)+", "", path).rstrip("/")


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "~")) or ".." in path.split("/") or not path


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
