"""Connection tracking (conntrack) in a node: its entries are counted, and the IPv6 fragments that it holds limited and weighed.

These fragments are in no file, and the kernel allows 4 MB of them a node.
"""

import contextlib
import socket
import struct
from pathlib import Path

from labs.supervisor import syscalls
from labs.supervisor.network_files import text

LOW, HIGH = (f"netfilter/nf_conntrack_frag6_{one}_thresh" for one in ("low", "high"))  # sysctls below net, in bytes
# What a node gets. The kernel refuses an upper limit below the lower one, which therefore comes first
LIMITS = {LOW: 196_608, HIGH: 262_144}
KERNEL_HIGH = 4 << 20  # the kernel's default of HIGH
SYSCTLS = Path("/proc/sys/net")
# A question about connections (nfnetlink: the subsystem and the message in one number). The kernel loads conntrack to answer it
NETLINK_NETFILTER, STATISTICS, REQUEST = 12, 0x0104, 1


def load(folder: Path) -> None:
    """Have the kernel load conntrack now, unless FOLDER, which is /proc/sys/net of a node that is being built, has its files.

    A rule of the learner's would load it later, and the node would keep the kernel's limits. The answer does not matter, as a
    kernel that cannot load it now cannot do so for a rule.
    """
    if all((folder / name).exists() for name in LIMITS):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as asking:
        asking.send(struct.pack("=IHHII4x", 20, STATISTICS, REQUEST, 0, 0))


def tracked_connections(pid: int) -> int:
    """The entries of conntrack in the network of PID."""
    with contextlib.suppress(ValueError, IndexError):
        return int(text(pid, "stat/nf_conntrack").splitlines()[1].split()[0], 16)
    return 0


def weigh_fragments(pid: int) -> int:
    """The most bytes that IPv6 fragments may take in conntrack. The kernel does not tell, so the limit counts as used.

    Where conntrack came only after the node, the limit is the kernel's own, and the node's to change: what is above counts.
    """
    with contextlib.suppress(OSError, ValueError), syscalls.network_of(pid):
        limit = int((SYSCTLS / HIGH).read_text())
        return limit - KERNEL_HIGH if limit >= KERNEL_HIGH else limit
    return 0
