"""Raises the kernel's limits on neighbours, which all labs share, and reports what cgroup v1 cannot bound."""

from pathlib import Path

from steps import Stop, root_command, run

SYSCTLS = Path("/proc/sys")
SYSTEMD = Path("/run/systemd/system")
KEPT = Path("/etc/sysctl.d/60-vaka.conf")
CGROUP2 = Path("/sys/fs/cgroup/cgroup.controllers")
# All labs share one neighbour table for each address family. The kernel's default limit is 1024; an entry takes 0.5 KB
NEIGHBOURS = {"gc_thresh1": 16384, "gc_thresh2": 65536, "gc_thresh3": 131072}
WHY = "Raising the limits of the neighbour tables"


def raised():
    """Return the sysctls that are too low: name, current value, wanted value."""
    found = []
    for family in ("ipv4", "ipv6"):
        for bound, least in NEIGHBOURS.items():
            name = f"net/{family}/neigh/default/{bound}"
            now = int((SYSCTLS / name).read_text()) if (SYSCTLS / name).exists() else least
            if now < least:
                found.append((name, now, least))
    return found


def ensure_neighbours(tell):
    """Raise the sysctls that are too low, and keep that for the next boot if systemd runs."""
    lower = raised()
    if not lower:
        tell.fine("the neighbour tables are large enough")
        return
    said = ", ".join(f"{dotted(name)} from {now} to {least}" for name, now, least in lower)
    script = "".join(f"echo {least} > {SYSCTLS / name}\n" for name, _, least in lower)
    if SYSTEMD.is_dir():
        script += f"mkdir -p {KEPT.parent}\ncat > {KEPT} <<'END'\n"
        script += "".join(f"{dotted(name)} = {least}\n" for name, _, least in lower) + "END\n"
        said += f"; kept in {KEPT}"
    try:
        run(root_command(["sh", "-e", "-c", script], WHY), WHY)
    except Stop:
        tell.did(
            f"only root can raise {dotted(lower[-1][0])}; until then it limits the neighbours of all labs together"
        )
    else:
        tell.did(f"raised the limits of the neighbour tables, which all labs share: {said}")


def dotted(name):
    return name.replace("/", ".")


def tell_cgroups(tell):
    """Report what cgroup v1 leaves open."""
    if not CGROUP2.exists():
        tell.fine(
            "cgroup v1: memory of TCP and UDP sockets is not charged to a lab, and bounded only if root starts the site; "
            "cgroup v2 is recommended"
        )
