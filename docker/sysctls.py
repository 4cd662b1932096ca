"""Sets the kernel's limits that all labs share with the machine, and reports what cgroup v1 cannot bound."""

import os
from pathlib import Path

from steps import Stop, root_command, run

SYSCTLS = Path("/proc/sys")
SYSTEMD = Path("/run/systemd/system")
KEPT = Path("/etc/sysctl.d/60-vaka.conf")
CGROUP2 = Path("/sys/fs/cgroup/cgroup.controllers")
# The kernel's default limit is 1024 neighbours for each address family; an entry takes 0.5 KB
NEIGHBOURS = {"gc_thresh1": 16384, "gc_thresh2": 65536, "gc_thresh3": 131072}
# TCP sockets without a program. A lab may have 4,000 TCP sockets of any kind (labs.supervisor.kernel_memory.sockets_and_tables)
ORPHANS = 262144
# Addresses that each network remembers (to limit ICMP and to tell fragments apart), 0.22 KB each, which no lab is charged for. The
# kernel's default is 65,664 for each network and address family: 15 MB. On a machine with little memory it takes 4096 itself
PEERS = 4096
WHY = "Setting the kernel's limits that all labs share"


def wanted():
    """Return for each sysctl the least values that Vaka needs."""
    found = {
        f"net/{family}/neigh/default/{bound}": (least,)
        for family in ("ipv4", "ipv6")
        for bound, least in NEIGHBOURS.items()
    }
    # The kernel counts the queues of all sockets together, in pages: least, from where it saves, most. By default 9 % of the memory
    # is the most. With cgroup v2 three labs may fill that, and each of them is bounded by its own memory. With v1 it stays, as it
    # may be the only bound.
    if CGROUP2.exists():
        pages = os.sysconf("SC_PHYS_PAGES")
        for protocol in ("tcp", "udp"):
            found[f"net/ipv4/{protocol}_mem"] = (0, pages // 2, pages)
    found["net/ipv4/tcp_max_orphans"] = (ORPHANS,)
    return found


def wanted_at_most():
    """Return for each sysctl the largest value that it may have. A node does not see these."""
    return {"net/ipv4/inet_peer_threshold": PEERS}


def lowered():
    """Return the sysctls that are too high: name, current value, value that they must have."""
    found = []
    for name, most in wanted_at_most().items():
        path = SYSCTLS / name
        if path.exists() and (now := int(path.read_text())) > most:
            found.append((name, (now,), (most,)))
    return found


def raised():
    """Return the sysctls that are too low: name, current values, values that they must have."""
    found = []
    for name, least in wanted().items():
        path = SYSCTLS / name
        now = tuple(map(int, path.read_text().split())) if path.exists() else least
        if any(one < bound for one, bound in zip(now, least)):
            found.append((name, now, tuple(map(max, now, least))))
    return found


def ensure_limits(tell):
    """Set the sysctls that are too low or too high, and keep that for the next boot if systemd runs."""
    changed = raised() + lowered()
    if not changed:
        tell.fine("the kernel's limits that all labs share are as they must be")
        return
    said = ", ".join(f"{dotted(name)} from {spaced(now)} to {spaced(new)}" for name, now, new in changed)
    script = "".join(f"echo {spaced(new)} > {SYSCTLS / name}\n" for name, _, new in changed)
    if SYSTEMD.is_dir():
        # All of them, also those that an earlier set-up has changed: the file is written as a whole
        names = (*wanted(), *wanted_at_most())
        kept = {name: (SYSCTLS / name).read_text().split() for name in names if (SYSCTLS / name).exists()}
        kept.update((name, new) for name, _, new in changed)
        script += f"mkdir -p {KEPT.parent}\ncat > {KEPT} <<'END'\n"
        script += "".join(f"{dotted(name)} = {spaced(values)}\n" for name, values in kept.items()) + "END\n"
        said += f"; kept in {KEPT}"
    try:
        run(root_command(["sh", "-e", "-c", script], WHY), WHY)
    except Stop:
        names = ", ".join(dotted(name) for name, _, _ in changed)
        tell.did(f"only root can set these limits, which all labs share until then as they are: {names}")
    else:
        tell.did(f"set the kernel's limits that all labs share: {said}")


def dotted(name):
    return name.replace("/", ".")


def spaced(values):
    return " ".join(map(str, values))


def tell_cgroups(tell):
    """Report what cgroup v1 leaves open."""
    if not CGROUP2.exists():
        tell.fine(
            "cgroup v1: memory of TCP and UDP sockets is not charged to a lab, and bounded only if root starts the site; "
            "cgroup v2 is recommended"
        )
