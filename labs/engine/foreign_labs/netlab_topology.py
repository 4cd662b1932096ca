"""Reads topology.yml of netlab, and keeps the keys that describe a network. Keys that netlab would run or evaluate are left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.engine.foreign_labs import netlab_tables as tables
from labs.engine.foreign_labs.foreign_lab import CannotImport, ForeignLab, Place
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder
from labs.typed_yaml.shapes import Path
from labs.typed_yaml.yaml_file import Marked, mark

FILES = ("topology.yml", "topology.yaml")
DEFAULTS_FILE = "topology-defaults.yml"
KEY = re.compile(r"[\w.:/ -]+", re.ASCII)  # netlab evaluates the names of groups of links
INCLUDE = "_include"
EXTRA = re.compile(r"[\w.-]+\.ya?ml")


@dataclass(slots=True)
class Topology:
    """``clean`` is handed to netlab; ``marked`` is the file with all its lines.

    ``included`` holds the files that it includes, by the key below which netlab puts each: the file's name without its end.
    """

    file: str
    marked: Marked
    included: dict[str, tuple[str, Marked]] = field(default_factory=dict)
    clean: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)  # the device to use, by nodes.NAME or groups.NAME

    def place(self, *path: str | int) -> Place:
        if path and (found := self.included.get(str(path[0]))):
            file, marked = found
            return Place(file, marked.line(path[1:]))
        return Place(self.file, self.marked.line(path))

    def value(self, key: str) -> Any:
        """Return what stands below a key at the top, in the file or in an included one."""
        if found := self.included.get(key):
            return found[1].value
        return self.marked.value.get(key)


def is_netlab(value: object) -> bool:
    """Whether a YAML file is a topology of netlab."""
    return isinstance(value, Mapping) and "nodes" in value and "topology" not in value


def read_topology(lab: ForeignLab, folder: SourceFolder, file: str) -> Topology:
    """Read and clean a topology. Raises CannotImport."""
    marked = _read(folder, file)
    topology = Topology(file, marked)
    _include(lab, folder, topology)
    cleaner = _Cleaner(lab, topology)
    clean = cleaner.top({key: topology.value(key) for key in (*marked.value, *topology.included) if key != INCLUDE})
    for extra in _extra_files(lab, folder, topology):
        given = _read(folder, extra)
        other = _Cleaner(lab, Topology(extra, given))
        defaults = other.mapping(given.value, tables.DEFAULTS, ())
        clean["defaults"] = _joined(defaults, clean.get("defaults") or {})
    topology.clean = clean
    cleaner.replace_devices(clean)
    return topology


def _include(lab: ForeignLab, folder: SourceFolder, topology: Topology) -> None:
    """Read the files beside the topology that it includes, such as validate.yml."""
    given = topology.marked.value.get(INCLUDE)
    for name in map(str, given if isinstance(given, list) else []):
        if not EXTRA.fullmatch(name) or not folder.has(name):
            lab.leave_out(
                topology.place(INCLUDE), name, "only files beside the topology are included, each by its name"
            )
        else:
            topology.included[name.rpartition(".")[0]] = (name, _marked(folder, name))


def _read(folder: SourceFolder, file: str) -> Marked:
    marked = _marked(folder, file)
    if not isinstance(marked.value, Mapping):
        raise CannotImport(f"{file} is not a mapping. A topology begins with keys such as nodes: and links:.")
    return marked


def _marked(folder: SourceFolder, file: str) -> Marked:
    try:
        marked = mark(folder.text(file), aliases=True)
    except Refused as why:
        raise CannotImport(f"{file} cannot be read: {why}. Correct the file.") from why
    if marked.errors:
        line, message = marked.errors[0]
        raise CannotImport(f"{file}:{line}: {message}")
    return marked


def _extra_files(lab: ForeignLab, folder: SourceFolder, topology: Topology) -> Iterator[str]:
    """Yield the files of defaults beside the topology that it names."""
    value: Any = topology.marked.value
    given = value.get("defaults.sources.extra")
    key = "defaults.sources.extra"
    if given is None and isinstance(value.get("defaults"), Mapping):
        sources = value["defaults"].get("sources")
        given, key = (
            (sources.get("extra") if isinstance(sources, Mapping) else value["defaults"].get("sources.extra")),
            "defaults",
        )
    wanted = [str(one) for one in given] if isinstance(given, list) else []
    if folder.has(DEFAULTS_FILE):
        wanted.append(DEFAULTS_FILE)
    for name in wanted:
        if not EXTRA.fullmatch(name) or not folder.has(name):
            lab.leave_out(topology.place(key), name, "only files of defaults beside the topology are read")
        else:
            yield name


class _Cleaner:
    def __init__(self, lab: ForeignLab, topology: Topology) -> None:
        self.lab, self.topology = lab, topology

    def top(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return self.mapping(value, tables.TOP, ())

    def mapping(self, value: Mapping[str, Any], allowed: tuple[str, ...], path: Path) -> dict[str, Any]:
        """Keep the allowed keys. A key may be written with dots; it is taken apart."""
        made: dict[str, Any] = {}
        for key, item in value.items():
            at = (*path, key)
            first, _, rest = str(key).partition(".")
            given = _nested(rest, item) if rest else item
            if first == "plugin" and not path:
                self._plugins(item, made, at)
            elif first == "defaults" and not path:
                made = _joined(made, {"defaults": self._defaults(rest, item, at)})
            elif path and first == "attributes" and _names_modules(given):
                made = _joined(made, {first: given})
            elif first in allowed:
                made = _joined(made, {first: self._value(given, at, of_names=first in tables.OF_NAMES)})
            elif first not in tables.NEEDLESS:
                self._leave_out(at, key, "netlab gets only what describes the network")
        return made

    def _defaults(self, rest: str, item: Any, at: Path) -> dict[str, Any]:
        """Return the defaults of the network. Where more defaults are read from, ``_extra_files`` says."""
        given = {rest: item} if rest else item
        if not isinstance(given, Mapping):
            return {}
        named = {key: value for key, value in given.items() if str(key).partition(".")[0] != "sources"}
        return self.mapping(named, tables.DEFAULTS, at)

    def _plugins(self, item: object, made: dict[str, Any], at: Path) -> None:
        """Netlab's own plugins are allowed by name. A folder's own plugin is a program, and is never loaded."""
        wanted = [str(one) for one in item] if isinstance(item, list) else []
        if known := [name for name in wanted if name in tables.PLUGINS]:
            made["plugin"] = known
        for name in wanted:
            if name not in known:
                self._leave_out(at, f"plugin {name}", "a plugin is a program, and is not run")

    def _value(self, item: Any, path: Path, *, of_names: bool = False) -> Any:
        """Return a value without refused settings. OF_NAMES: its keys are names, such as those of nodes."""
        if isinstance(item, Mapping):
            kept: dict[str, Any] = {}
            for key, value in item.items():
                if _is_refused(str(key), of_names):
                    if str(key) != "provider":
                        self._leave_out((*path, key), f"{key}{_plain(value)}", tables.REFUSED_WHY)
                else:
                    below = not of_names and key in tables.OF_NAMES_IN_NODES
                    kept[self._key(str(key), (*path, key))] = self._value(value, (*path, key), of_names=below)
            return kept
        if isinstance(item, list):
            return [self._value(one, (*path, at)) for at, one in enumerate(item)]
        return self._text(item, path) if isinstance(item, str) else item

    def _key(self, key: str, path: Path) -> str:
        if not KEY.fullmatch(key):
            raise CannotImport(
                f"{self.topology.place(*path)}: netlab would evaluate this name. Write it with letters, digits, '-', '_' and '.'."
            )
        return key

    def _text(self, text: str, path: Path) -> Any:
        if set(text) & set("{}\\"):  # a backslash may end the text that netlab evaluates
            raise CannotImport(
                f"{self.topology.place(*path)}: netlab would evaluate the braces or backslashes in this text. "
                "Write the value itself."
            )
        return tables.WORDS.get(text, text)

    def _leave_out(self, path: Path, what: object, why: str) -> None:
        self.lab.leave_out(self.topology.place(*path), what, why)

    def replace_devices(self, clean: Mapping[str, Any]) -> None:
        """Let netlab write FRR's configuration for the devices of vendors."""
        default = (clean.get("defaults") or {}).get("device", "")
        if default and default not in tables.RENDERED:
            dotted = "defaults.device" in self.topology.marked.value
            at = ("defaults.device",) if dotted else ("defaults", "device")
            self._leave_out(at, f"the default device {default}", tables.VENDOR)
        for kind in ("nodes", "groups"):
            members = clean.get(kind)
            for name, node in members.items() if isinstance(members, Mapping) else ():
                device = node.get("device") if isinstance(node, Mapping) else None
                if device and device not in tables.RENDERED:
                    self.topology.devices[f"{kind}.{name}"] = "frr"
                    self._leave_out((kind, name), f"device {device} of {name}", tables.VENDOR)


def _is_refused(key: str, is_name: bool) -> bool:
    """Whether netlab would read files or run programs for a key. A node or a group may have such a word as its name."""
    first, *rest = key.split(".")
    settings = rest if is_name and not first.startswith("_") else [first, *rest]
    return not set(settings).isdisjoint(tables.REFUSED)


def _names_modules(attributes: object) -> bool:
    """Whether defaults.attributes only say that nodes may have a module's attributes, such as a bgp.as of a node without BGP.

    Types of attributes stay here: they can name what netlab evaluates.
    """
    if not isinstance(attributes, Mapping) or set(attributes) != {"node"}:
        return False
    modules = attributes["node"]
    return isinstance(modules, Mapping) and all(
        name in tables.MODULES and kind is None for name, kind in modules.items()
    )


def _plain(value: object) -> str:
    """Return a text or a list of texts for the report, such as the templates of a node's configuration."""
    given = value if isinstance(value, list) else [value]
    texts = [one for one in given if isinstance(one, str)]
    return f": {', '.join(texts)}" if texts == given else ""


def _nested(key: str, value: Any) -> dict[str, Any]:
    first, _, rest = key.partition(".")
    return {first: _nested(rest, value) if rest else value}


def _joined(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Join two mappings; where both have a value, that of OVER counts."""
    made = dict(under)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(made.get(key), Mapping)
        made[key] = _joined(made[key], value) if both else value
    return made
