"""The programs of services as a state names them, and which files are theirs."""

import re
from collections.abc import Iterable

from labs.engine.state.facts import UNKNOWN

# Programs that may send router advertisements; zebra is that of FRR
ADVERTISE = ("radvd", "bird", "zebra", "dnsmasq")
ALSO_LEASES = "dnsmasq"  # by its files, it may lease addresses only
OF_ADVERTISEMENTS = re.compile(r"\b(?:enable-ra|ra-param|ra-only|ra-names|ra-stateless|slaac)\b")
# Programs that come and go with a login or a command of somebody, and serve nobody
PASSING = re.compile(r".*-session|ssh|scp|sftp.*|ansible.*|ping|catatonit")
INTERPRETERS = re.compile(r"python[0-9.]*")  # those of a login pass too, unless the lab itself starts one
# Servers on which no routing protocol and no lease rests
SERVERS = frozenset(
    {
        *("nginx", "unbound", "nsd", "knotd", "named", "smtpd", "sshd", "stayrtr"),
        *("snmpd", "softflowd", "nfcapd", "tayga", "clatd"),
    }
)
# Those that give addresses to hosts
OF_HOSTS = frozenset({"radvd", "dnsmasq", "kea-dhcp4", "kea-dhcp6"})
LETTERS = re.compile(r"[a-z0-9]+")
SHORTEST = 3  # letters of a name that another one may begin with


def is_of(path: str, program: str) -> bool:
    """Whether a file in /etc belongs to this program, by their names: /etc/kea/kea-dhcp6.conf to kea-dhcp6, /etc/ssh/x to sshd."""
    names = [word.partition(".")[0] for word in path.removeprefix("/etc/").split("/")]
    own = LETTERS.match(program)
    if own is None or names[0] == "init":
        return False
    return any(len(name) >= SHORTEST and (own[0] == name or program.startswith(name)) for name in (names[0], names[-1]))


def is_passing(program: str, started: str) -> bool:
    """Whether a program is none of the lab's. STARTED: the text of what the lab starts on the node."""
    if INTERPRETERS.fullmatch(program):
        return "python" not in started
    return bool(PASSING.fullmatch(program))


def name_of(process: str) -> str:
    """The name of the program of a process that says what it does, such as "nsd: server 1"."""
    return process.partition(":")[0]


def advertising(texts: Iterable[str]) -> tuple[str, ...]:
    """The programs that may send router advertisements on a node, whose dnsmasq has these files; without any, it may too."""
    says = [text == UNKNOWN or bool(OF_ADVERTISEMENTS.search(text)) for text in texts]
    return ADVERTISE if any(says) or not says else tuple(one for one in ADVERTISE if one != ALSO_LEASES)
