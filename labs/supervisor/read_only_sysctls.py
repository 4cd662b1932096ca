"""The sysctls below net that root of a node can read and not set: a read-only mount covers the file of each."""

import contextlib
import socket
import struct
from pathlib import Path

from labs.supervisor import syscalls

# The value that each gets, or None for the kernel's own. Options of a socket (keys of TCP-MD5, groups, IPv6 options) are charged to
# nobody, and Linux 6.8 allows 128 KB of them; request_memory counts this value. The kernel compares each source of a multicast
# group with all others while it holds a lock (16,000 sources: half a second of a core that does nothing else)
FIXED = {"core/optmem_max": 8192, "ipv4/igmp_max_msf": None}
# Fragments of IPv6 that conntrack holds are in no file, and its own limit is 4 MB a node. The kernel refuses a limit below the
# lower one, which therefore comes first
FRAGMENTS = 262_144
OF_CONNTRACK = {
    f"netfilter/nf_conntrack_frag6_{one}_thresh": most for one, most in (("low", 196_608), ("high", FRAGMENTS))
}
FIXED |= OF_CONNTRACK
# A question about connections (nfnetlink: the subsystem and the message in one number). The kernel loads conntrack to answer it
NETLINK_NETFILTER, STATISTICS, REQUEST = 12, 0x0104, 1


def protect(folder: Path) -> None:
    """Set and cover the files of FIXED below FOLDER, which is /proc/sys/net of a node that is being built."""
    flags = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    if not all((folder / name).exists() for name in OF_CONNTRACK):
        _load_conntrack()
    for name, value in FIXED.items():
        if (path := folder / name).exists():
            if value is not None:
                # A kernel that refuses the limit of conntrack is no reason not to start the lab
                with contextlib.suppress(*[OSError] if name in OF_CONNTRACK else []):
                    path.write_text(str(value))
            syscalls.mount(str(path), path, None, syscalls.MS_BIND)
            syscalls.mount(None, path, None, syscalls.MS_REMOUNT | syscalls.MS_BIND | flags)


def _load_conntrack() -> None:
    """Have the kernel load conntrack now, as a rule of the learner's would later: then the node would keep the kernel's limits.

    The answer does not matter, as a kernel that cannot load it now cannot do so for a rule.
    """
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as asking:
        asking.send(struct.pack("=IHHII4x", 20, STATISTICS, REQUEST, 0, 0))
