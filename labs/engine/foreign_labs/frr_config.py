"""Splits an FRR configuration into what a router has from its start and what makes it route, and finds its addresses."""

from labs.engine.authoring.schema import DAEMONS as KNOWN_DAEMONS
from labs.engine.foreign_labs import frr_tables as tables
from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING


def read_frr(
    lab: ForeignLab, node: ForeignNode, text: str, file: str, first: int = 1, *, is_quagga: bool = False
) -> None:
    """Add a configuration of FRR or Quagga to a node. FIRST is the line of FILE at which the text begins."""
    _Reader(lab, node, file, _old_defaults(text, is_quagga=is_quagga)).read(text, first)


def read_daemons(lab: ForeignLab, node: ForeignNode, text: str, file: str) -> None:
    """Add the daemons that FRR's file ``daemons`` starts, if we have them."""
    for number, line in enumerate(text.splitlines(), 1):
        name, _, value = line.partition("=")
        if value.strip().strip("'\"").lower() not in ("yes", "1") or not name.strip().endswith("d"):
            continue
        if name.strip() in KNOWN_DAEMONS:
            node.daemons.add(name.strip())
        elif name.strip() not in (*ALWAYS_RUNNING, "watchfrr"):
            lab.leave_out(Place(file, number), line.strip(), "the lab image has no such daemon of FRR")


def _old_defaults(text: str, *, is_quagga: bool) -> list[str]:
    """Return the lines that give BGP its old defaults, for Quagga and for an FRR from before the new ones; else nothing."""
    version = tables.VERSION.search(text)
    is_old = is_quagga or (version is not None and (int(version[1]), int(version[2])) < tables.NEW_DEFAULTS)
    return [f"no {line}" for line in tables.DEFAULTS_SINCE if line not in text] if is_old else []


class _Reader:
    def __init__(self, lab: ForeignLab, node: ForeignNode, file: str, old_defaults: list[str]) -> None:
        self.lab, self.node, self.file, self.old_defaults = lab, node, file, old_defaults
        self.interface = ""  # the interface whose block is being read
        self.depth = 0  # of the blocks that are open in what is typed
        self.skipped = False  # whether the block is left out
        self.initial: dict[str, list[str]] = {}  # lines by interface
        self.routing: dict[str, list[str]] = {}

    def read(self, text: str, first: int) -> None:
        for number, raw in enumerate(text.splitlines(), first):
            line = " ".join(raw.split())
            if line and not line.startswith(("!", "#")) and self.lab.is_readable(line, Place(self.file, number)):
                self._line(line, Place(self.file, number))
        self.node.routing[:] = _without_empty_vrfs(self.node.routing)
        for into, blocks in ((self.node.initial, self.initial), (self.node.routing, self.routing)):
            for interface, lines in blocks.items():
                into += [f"interface {interface}", *lines, "exit"]

    def _line(self, line: str, place: Place) -> None:
        is_top = tables.TOP_LEVEL.match(line) is not None
        if line.startswith("interface "):
            self.interface, self.skipped, self.depth = line.split()[1], False, 0
            return
        if self.interface and (is_top or line == "exit"):
            self.interface = ""
            if line == "exit":
                return
        self.skipped = self.skipped and not is_top
        if tables.NOT_OFFERED.match(line):
            self.skipped = True
            self.lab.leave_out(place, line, "the lab image has no daemon of FRR for this protocol")
        if tables.LEFT_OUT.match(line):
            self.skipped = self.skipped or line.startswith("line vty")
        elif not self.skipped:
            self.node.daemons |= {daemon for pattern, daemon in tables.DAEMONS if pattern.search(line)}
            self._keep(line)

    def _keep(self, line: str) -> None:
        if not self.interface:
            self._outside(line)
        elif match := tables.ADDRESS.match(line):
            self.node.addresses.setdefault(self.interface, []).append(match["address"])
        else:
            blocks = self.initial if tables.INITIAL_OF_INTERFACE.match(line) else self.routing
            blocks.setdefault(self.interface, []).append(line)

    def _outside(self, line: str) -> None:
        if tables.INITIAL.match(line):
            self.node.initial.append(line)
            return
        if line in ("exit", "exit-address-family"):
            if self.depth == 0:
                return  # at the top already: it would leave the configuration
            self.depth -= 1
        elif line.startswith("address-family "):
            self.depth = 2
        elif tables.OPENS.match(line):
            self.depth = 1
        is_new = line.startswith("router bgp ") and line not in self.node.routing
        self.node.routing += [line, *(self.old_defaults if is_new else ())]


def _without_empty_vrfs(lines: list[str]) -> list[str]:
    """Remove each VRF that has no lines of its own. A source can have one for its management network."""
    following = [*lines[1:], "exit"]
    return [
        line
        for line, after in zip(lines, following, strict=False)
        if not (line.startswith("vrf ") and (after == "exit" or tables.OPENS.match(after)))
    ]
