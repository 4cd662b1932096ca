"""What docker/setup raises in this machine's kernel, and what the kernel cannot do for labs.

Standard library and Python 3.8 only: nothing else is there yet.
"""

from pathlib import Path

from steps import Stop, root_command, run

SYSCTLS = Path("/proc/sys")
SYSTEMD = Path("/run/systemd/system")
KEPT = Path("/etc/sysctl.d/60-vaka.conf")
CGROUP2 = Path("/sys/fs/cgroup/cgroup.controllers")
# All labs share one table of neighbours for each family. The kernel's own bound is 1024; an entry takes 0.5 KB.
NEIGHBOURS = {"gc_thresh1": 16384, "gc_thresh2": 65536, "gc_thresh3": 131072}
WHY = "Raising the bounds of neighbours"


def raised():
    """The sysctls that are lower than labs need: name, what it is, what it shall be."""
    found = []
    for family in ("ipv4", "ipv6"):
        for bound, least in NEIGHBOURS.items():
            name = f"net/{family}/neigh/default/{bound}"
            now = int((SYSCTLS / name).read_text()) if (SYSCTLS / name).exists() else least
            if now < least:
                found.append((name, now, least))
    return found


def ensure_neighbours(tell):
    """Raise what is lower; what is higher stays. Where systemd reads it at boot, it is kept."""
    lower = raised()
    if not lower:
        tell.fine("the tables of neighbours are large enough")
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
            f"only root can raise {dotted(lower[-1][0])}; until then all labs together may have that many neighbours"
        )
    else:
        tell.did(f"raised the bounds of neighbours, which all labs share: {said}")


def dotted(name):
    return name.replace("/", ".")


def tell_cgroups(tell):
    """What stays open where the kernel's accounts are of the old kind."""
    if not CGROUP2.exists():
        tell.fine(
            "cgroup v1: what TCP and UDP hold is not charged to a lab, and bounded only where root starts the site; "
            "cgroup v2 is recommended"
        )
