"""Change PID 1 of the container from root with two capabilities into root of a user namespace (U1) without rights outside.

Ids on the host: the uid of the lab session owns U1, and with it the kernel's per-user limits. Everything below U1 has ids from one
block that all labs share (FIRST_ID and up), which also owns the files of /rootfs. Below U1, each node has a user namespace that is
created by an id of its own, so that the kernel counts its inotify watches, processes and so on separately.
"""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.supervisor import seccomp, syscalls
from labs.supervisor.children import hand_on_the_end

FIRST_ID = 1_880_000_000  # above all ranges that distributions and systemd assign (systemd.io/UIDS-GIDS)
IDS = 65_536
CGROUP2 = Path("/sys/fs/cgroup/cgroup.controllers")  # where it exists, the queues of TCP are charged to the lab
# Beside the user namespace, and made in it once its ids are mapped: files of a network that only root may read (such as those below
# /proc/net/vlan) belong to the root that its user namespace has at that moment, and else to the host's
NAMESPACES = os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWUTS | os.CLONE_NEWIPC | os.CLONE_NEWPID

# The limits of one owner (a node), counted in U1, by the kernel's names (/proc/sys/user).
PER_NODE = {
    "max_user_namespaces": 64,
    "max_pid_namespaces": 64,
    "max_net_namespaces": 64,
    "max_mnt_namespaces": 64,
    "max_uts_namespaces": 64,
    "max_ipc_namespaces": 64,
    "max_cgroup_namespaces": 0,
    "max_time_namespaces": 0,
    "max_inotify_instances": 16,
    "max_inotify_watches": 2048,
    "max_fanotify_groups": 0,
    "max_fanotify_marks": 0,
}

ALLOW = (
    "Compare sysctl user.max_user_namespaces and user.max_net_namespaces of this server with the number of its labs."
)
NO_NAMESPACES = f"The namespaces of a node could not be created; the log of the container says why. {ALLOW}"


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A child in a new user namespace that waits until its ids are mapped to OUTER and above."""

    pid: int
    outer: int
    unshared: int  # a pipe that says when its user namespace exists
    tell_child: int

    def map(self) -> int:
        """Map its ids and let it continue; returns its pid."""
        began = os.read(self.unshared, 1)
        try:
            if not began:
                raise RuntimeError(NO_NAMESPACES)
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{self.pid}/{name}").write_text(f"0 {self.outer} {IDS}\n")
            os.write(self.tell_child, b"x")
        finally:
            os.close(self.unshared)
            os.close(self.tell_child)
        return self.pid


def fork_unmapped(outer: int, before: Callable[[], None]) -> Unmapped | None:
    """Fork a child that becomes root of new namespaces. Returns None in the child, once its ids are mapped."""
    unshared, tell_parent = os.pipe()
    mapped, tell_child = os.pipe()
    child = syscalls.fork()
    if child:
        os.close(tell_parent)
        os.close(mapped)
        return Unmapped(child, outer, unshared, tell_child)
    try:
        os.close(unshared)
        os.close(tell_child)
        before()
        os.unshare(os.CLONE_NEWUSER)
        os.write(tell_parent, b"x")
        os.close(tell_parent)
        if not os.read(mapped, 1):
            os._exit(1)
        os.close(mapped)
        os.setgroups([])
        os.setgid(0)
        os.setuid(0)
        os.unshare(NAMESPACES)
        syscalls.set_dumpable(True)  # otherwise the host's root would own /proc/<pid>/uid_map of our children
    except BaseException as error:
        print(f"A user namespace could not be created: {error}. {ALLOW}", file=sys.stderr, flush=True)
        os._exit(1)
    return None


def become_session_owner(owner: int) -> None:
    """Give up uid 0 of the host, and all capabilities but the two that write id maps."""
    syscalls.keep_capabilities()
    os.setgroups([])
    os.setresgid(owner, owner, owner)
    os.setresuid(owner, owner, owner)
    syscalls.use_capabilities(syscalls.CAP_SETUID | syscalls.CAP_SETGID)
    syscalls.set_dumpable(True)


def enter_session_namespace() -> None:
    """Continue as PID 1 and root of U1, with its own /proc and /run.

    One of the two parents only waits. The other one also keeps the budget of sockets.
    """
    child = fork_unmapped(FIRST_ID, lambda: None)
    if child:
        _wait_and_exit(child.map())
    ours, theirs = socket.socketpair()
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # as this parent sees them
    first = syscalls.fork()
    if first:
        theirs.close()
        from labs.supervisor.socket_budget import keep_budget

        keep_budget(first, ours, processes)
    ours.close()
    os.close(processes)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    syscalls.mount("tmpfs", "/run", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "size=4m,mode=700")
    for name, most in PER_NODE.items():
        knob = Path("/proc/sys/user") / name
        if knob.exists():  # some kernels have no time namespaces or no fanotify
            knob.write_text(str(most))
    _have_sockets_counted(theirs)


def _have_sockets_counted(parent: socket.socket) -> None:
    """Let our parent decide about sockets from now on, for us and everything that we start (labs.supervisor.socket_budget)."""
    listener = seccomp.ask_about(seccomp.socket_filter(streams=not CGROUP2.exists()))
    socket.send_fds(parent, [b"x"], [listener])
    os.close(listener)
    parent.close()


def _wait_and_exit(child: int) -> None:
    os.closerange(3, 256)
    hand_on_the_end(child)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
