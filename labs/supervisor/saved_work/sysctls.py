"""The sysctls below net of a node: read, and restored. The learner is root there and may have set any of them."""

import errno
import os
import re
from collections.abc import Mapping

from labs.supervisor import syscalls
from labs.supervisor.node import NodeSpace
from labs.supervisor.read_only_sysctls import FIXED

NAME = re.compile(r"[A-Za-z0-9_.@+-]+(/[A-Za-z0-9_.@+-]+){1,4}")
# For a tunnel on a small link, the kernel starts with a larger MTU than the link's and accepts it from nobody: not a setting
MTU_OF_A_LINK = re.compile(r"ipv6/conf/[^/]+/mtu")
OUT_OF_RANGE = os.strerror(errno.EINVAL)
READ_ONLY = {"stable_secret", "nf_conntrack_count", "tcp_fastopen_key"}  # a secret, a count, a secret
READ_ONLY |= {name.rpartition("/")[2] for name in FIXED}
READ_ONLY |= {"unres_qlen", "unres_qlen_bytes"}  # the guard's (labs.supervisor.kernel_memory.neighbour_queues)


def read(space: NodeSpace) -> dict[str, str]:
    """All writable sysctls below net, in the node's network."""
    found: dict[str, str] = {}
    with syscalls.network_of(space.pid):
        for folder, _folders, files, handle in os.fwalk("/proc/sys/net"):
            for name in files:
                if name in READ_ONLY:
                    continue
                try:
                    if not os.stat(name, dir_fd=handle).st_mode & 0o200:
                        continue
                    opened = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=handle)
                except OSError:
                    continue
                try:
                    found[f"{folder[14:]}/{name}"] = os.read(opened, 4096).decode(errors="replace").strip()
                except OSError:
                    continue
                finally:
                    os.close(opened)
    return found


def bring_back(space: NodeSpace, now: Mapping[str, str], saved: Mapping[str, str]) -> list[str]:
    """Restore the sysctls that differ. Those of all interfaces come first, because they change those of each interface.

    Returns a short text for each sysctl that could not be set.
    """
    trouble: list[str] = []
    general = {
        key: value for key, value in saved.items() if "/all/" in key or "/default/" in key or "/conf/" not in key
    }
    for part in (general, {key: value for key, value in saved.items() if key not in general}):
        different = {key: value for key, value in part.items() if now.get(key) not in (None, value)}
        if not different:
            continue
        with syscalls.network_of(space.pid):
            root = os.open("/proc/sys/net", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                for key, value in different.items():
                    error = write_one(root, key, value)
                    if error and not (error == OUT_OF_RANGE and MTU_OF_A_LINK.fullmatch(key)):
                        trouble.append(f"sysctl net/{key}: {error}")
            finally:
                os.close(root)
        now = read(space)
    return trouble


def write_one(root: int, key: str, value: str) -> str:
    if not NAME.fullmatch(key) or key.rsplit("/", 1)[-1] in READ_ONLY:
        return "it cannot be set"
    try:
        handle = syscalls.open_below(root, key, os.O_WRONLY)
    except OSError as error:
        return error.strerror or str(error)
    try:
        os.write(handle, value.encode()[:4096])
    except OSError as error:
        return error.strerror or str(error)
    finally:
        os.close(handle)
    return ""
