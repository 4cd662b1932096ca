"""The sysctls below net that root of a node can read and not set: a read-only mount covers the file of each."""

from pathlib import Path

from labs.supervisor import syscalls

# Options of a socket are charged to nobody, and the kernel compares each source of a multicast group with all others while it holds
# a lock (16,000 sources: half a second of a core that does nothing else)
FIXED = ("core/optmem_max", "ipv4/igmp_max_msf")


def protect(folder: Path) -> None:
    """Cover the files of FIXED below FOLDER, which is /proc/sys/net of a node that is being built."""
    flags = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    for name in FIXED:
        if (path := folder / name).exists():
            syscalls.mount(str(path), path, None, syscalls.MS_BIND)
            syscalls.mount(None, path, None, syscalls.MS_REMOUNT | syscalls.MS_BIND | flags)
