"""The sysctls below net that root of a node can read and not set: a read-only mount covers the file of each."""

import contextlib
from pathlib import Path

from labs.supervisor import conntrack, syscalls

# The value that each gets, or None for the kernel's own. Options of a socket (keys of TCP-MD5, groups, IPv6 options) are charged to
# nobody, and Linux 6.8 allows 128 KB of them; kernel_memory.sockets_and_tables counts this value. The kernel compares each source
# of a multicast group with all others while it holds a lock (16,000 sources: half a second of a core that does nothing else)
FIXED = {"core/optmem_max": 8192, "ipv4/igmp_max_msf": None}
FIXED |= conntrack.LIMITS


def protect(folder: Path) -> None:
    """Set and cover the files of FIXED below FOLDER, which is /proc/sys/net of a node that is being built."""
    flags = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    conntrack.load(folder)
    for name, value in FIXED.items():
        if (path := folder / name).exists():
            if value is not None:
                # A kernel that refuses the limit of conntrack is no reason not to start the lab
                with contextlib.suppress(*[OSError] if name in conntrack.LIMITS else []):
                    path.write_text(str(value))
            syscalls.mount(str(path), path, None, syscalls.MS_BIND)
            syscalls.mount(None, path, None, syscalls.MS_REMOUNT | syscalls.MS_BIND | flags)
