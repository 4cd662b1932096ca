"""Reads the Linux commands with which other systems configure a node. They are read, never run."""

import ipaddress
import re
import shlex
from collections.abc import Callable, Iterator

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import command_tables as tables
from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.foreign_labs.frr_config import read_frr

LONGEST = 480  # characters of a start command
ADDRESS = re.compile(
    r"ip (?:-[46] )?(?:a|addr|address) (?:add|replace) (?P<address>\S+)(?: (?:brd|broadcast) \S+)? dev (?P<dev>\S+)(?: .*)?"
)
ROUTE = re.compile(r"ip (?P<family>-[46] )?(?:r|ro|route) (?:add|replace|append) (?P<rest>.+)")
IFCONFIG = re.compile(
    r"ifconfig (?P<dev>\S+)(?: inet6? add| add| inet6?)? (?P<address>[0-9a-fA-F.:]+)(?:/(?P<length>\d+))?(?P<rest>.*)"
)
OLD_ROUTE = re.compile(
    r"route add(?: -A inet6| -6)? (?:(?P<default>default)|-(?:net|host) (?P<net>\S+))(?: netmask (?P<mask>\S+))?(?P<rest>.*)"
)
SYSCTL = re.compile(r"sysctl (?:-\w+ )*['\"]?(?P<key>net[./][\w./-]+)\s*=\s*['\"]?(?P<value>[\w.-]+)['\"]?")
UP = re.compile(r"ip link set up (?:dev )?(?P<a>\S+)|(?:ip link set (?:dev )?|ifconfig )(?P<b>\S+) up")
PEER = re.compile(r"ip link add .* peer (?:name )?(?P<name>\S+)")
MAKES = re.compile(r"(?:ip link add (?:link \S+ )?(?:name |dev )?|brctl addbr )(?P<name>\S+)")
NAMES_INTERFACE = re.compile(r"\b(?:dev|master|link set(?: dev)?|link add link) (?!dev )(?P<name>\S+)")
HERE_DOCUMENT = re.compile(r"<<-?\s{0,9}['\"]?(\w+)")
VTYSH = re.compile(r"vtysh\b.* -c ")


def read_commands(lab: ForeignLab, node: ForeignNode, text: str, file: str, first: int = 1) -> None:
    """Read the commands of a start script, line by line. FIRST is the line of FILE at which the text begins."""
    skip_to = ""  # the end of a here-document
    for number, raw in _joined(text, first):
        line = raw.strip()
        if skip_to:
            skip_to = "" if line == skip_to else skip_to
            continue
        if match := HERE_DOCUMENT.search(line[:LONGEST]):
            skip_to = match[1]
            lab.leave_out(Place(file, number), line, "a here-document is not read. Put the file into files/NODE/PATH")
            continue
        if line.startswith("#"):
            _comment(lab, line.lstrip("# \t"), Place(file, number))
        elif line:
            read_command(lab, node, line, Place(file, number))


def _comment(lab: ForeignLab, line: str, place: Place) -> None:
    """Report a comment that is a command: some labs keep their solution in comments."""
    if len(line) <= LONGEST and any(pattern.fullmatch(line) for pattern in (ADDRESS, ROUTE, IFCONFIG, OLD_ROUTE)):
        why = "a comment is not imported. If it is what the learner should type, write it into solution/NODE.sh"
        lab.leave_out(place, f"# {line}", why)


def read_command(lab: ForeignLab, node: ForeignNode, line: str, place: Place) -> None:
    """Take over one command line: as an address, a sysctl, a route or a start command; or say why not."""
    if not lab.is_readable(line, place):
        return
    if match := tables.INTO_PROC.fullmatch(line):
        _set(node, match["key"], match["value"])
        return
    for part in re.split(r"\s*(?:&&|;)\s*", line) if not VTYSH.match(line) else [line]:
        if part:
            _command(lab, node, " ".join(part.split()), place)


def _joined(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line; lines that end in a backslash are one."""
    started, gathered = first, ""
    for number, raw in enumerate(text.splitlines(), first):
        if not gathered:
            started = number
        if raw.endswith("\\"):
            gathered += raw[:-1] + " "
            continue
        yield started, gathered + raw
        gathered = ""


def _command(lab: ForeignLab, node: ForeignNode, line: str, place: Place) -> None:
    line = re.sub(r"^(?:sudo )?(?:/(?:usr/)?s?bin/)?", "", line)
    line = re.sub(r"\s*(?:\|\| true|\d?>\s*/dev/null|2>&1)", "", line).strip()
    if up := UP.fullmatch(line):
        # The lab brings up the ends of its links, and nothing else
        if (name := up["a"] or up["b"]) in node.made:
            node.start.append(f"ip link set {name} up")
        return
    if not line or tables.NEEDLESS.fullmatch(line):
        return
    for daemon, pattern in tables.STARTS.items():
        if pattern.fullmatch(line):
            node.kind = Kind(daemon)
            return
    for pattern, act in _FORMS:
        if match := pattern.fullmatch(line) or (pattern is VTYSH and pattern.match(line)):
            act(lab, node, match, line, place)
            return
    _other(lab, node, line, place)


def _address(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    given = match["address"]
    try:
        address = str(ipaddress.ip_interface(given))
    except ValueError:
        lab.leave_out(place, line, f"{given} is not an address")
        return
    if match["dev"] != "lo" and match["dev"] not in lab.interfaces(node.name):
        _keep(lab, node, line, place)  # on an interface that another command makes
    else:
        node.addresses.setdefault(match["dev"], []).append(address)


def _route(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    if tables.SHELL.search(line):
        lab.leave_out(place, line, "only plain commands are read, without a shell's syntax")
        return
    is_6 = (
        match["family"] == "-6 "
        or ":" in match["rest"].split()[0]
        or (" via " in line and ":" in line.partition(" via ")[2])
    )
    node.routes.append(f"ip {'-6 ' if is_6 else ''}route replace {match['rest']}")


def _ifconfig(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    mask = re.search(r"netmask (\S+)", match["rest"])
    length = match["length"] or (mask[1] if mask else _class_length(match["address"]))
    try:
        address = str(ipaddress.ip_interface(f"{match['address']}/{length}"))
    except ValueError:
        lab.leave_out(place, line, "it is not an address with its prefix length")
        return
    node.addresses.setdefault(match["dev"], []).append(address)


def _class_length(address: str) -> str:
    """Return the prefix length that ifconfig takes without a netmask: that of the address class."""
    first = address.partition(".")[0]
    if ":" in address or not first.isdigit():
        return ""
    return "8" if int(first) < 128 else "16" if int(first) < 192 else "24"


def _old_route(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    net = "default" if match["default"] else match["net"] + (f"/{match['mask']}" if match["mask"] else "")
    via, dev = re.search(r"gw (\S+)", match["rest"]), re.search(r"dev (\S+)", match["rest"])
    try:
        prefix = net if net == "default" else str(ipaddress.ip_network(net, strict=False))
    except ValueError:
        lab.leave_out(place, line, f"{net} is not a prefix")
        return
    is_6 = ":" in prefix or (via is not None and ":" in via[1])
    to = f"{f' via {via[1]}' if via else ''}{f' dev {dev[1]}' if dev else ''}"
    node.routes.append(f"ip {'-6 ' if is_6 else ''}route replace {prefix}{to}")


def _sysctl(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    _set(node, match["key"], match["value"])


def _vtysh(lab: ForeignLab, node: ForeignNode, match: re.Match[str], line: str, place: Place) -> None:
    try:
        words = shlex.split(line)
    except ValueError:
        lab.leave_out(place, line, "its quotation marks do not fit together")
        return
    given = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-c"]
    lines = [part.strip() for one in given for part in one.splitlines()]
    node.kind = Kind.FRR
    read_frr(
        lab,
        node,
        "\n".join(part for part in lines if not part.startswith(("conf", "end", "write", "show"))),
        place.file,
    )


def _set(node: ForeignNode, key: str, value: str) -> None:
    name = key.replace("/", ".")
    if not tables.MANAGEMENT_SYSCTLS.match(name):
        node.sysctls[name] = value


def _other(lab: ForeignLab, node: ForeignNode, line: str, place: Place) -> None:
    program = line.split()[0].rsplit("/", 1)[-1]
    if program in tables.PROGRAMS:
        lab.leave_out(place, line, tables.PROGRAMS[program])
    elif match := tables.SERVICE.fullmatch(line):
        name = match["a"] or match["b"]
        lab.leave_out(place, line, tables.SERVICES.get(name, f"nothing starts a service of the name {name} in a lab"))
    elif tables.SHELL.search(line):
        lab.leave_out(place, line, "only plain commands are read, without a shell's syntax")
    elif program in tables.KEPT and len(line) <= LONGEST:
        _keep(lab, node, line, place)
    else:
        lab.leave_out(
            place, line, f"a lab does not run {program[:30]} of another system. If it is needed, add it to start"
        )


def _keep(lab: ForeignLab, node: ForeignNode, line: str, place: Place) -> None:
    """Keep a start command, if every interface that it names is there when it runs."""
    if made := MAKES.match(line):
        node.made.add(made["name"])
    if peer := PEER.match(line):
        node.made.add(peer["name"])
    known = lab.interfaces(node.name) | node.made | {"lo"}
    unknown = [match["name"] for match in NAMES_INTERFACE.finditer(line) if match["name"] not in known]
    if unknown:
        lab.leave_out(place, line, f"{node.name} has no interface {unknown[0]} here. A lab has no management network")
        return
    node.start.append(line)
    lab.requires |= {feature for pattern, feature in tables.REQUIRES if pattern.search(line)}


_FORMS: tuple[tuple[re.Pattern[str], Callable[[ForeignLab, ForeignNode, re.Match[str], str, Place], None]], ...] = (
    (ADDRESS, _address),
    (ROUTE, _route),
    (IFCONFIG, _ifconfig),
    (OLD_ROUTE, _old_route),
    (SYSCTL, _sysctl),
    (VTYSH, _vtysh),
)
