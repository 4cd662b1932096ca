"""One node: its own namespaces, root file system and limits, and an init that reaps its processes."""

import fcntl
import os
import resource
import signal
import stat
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.supervisor import read_only_sysctls, seccomp, syscalls
from labs.supervisor.identity import NO_NAMESPACES, fork_unmapped

LABS = Path("/run/lab")
IMAGE = "/rootfs"  # the files that every node starts with
TUN = Path("/dev/net/tun")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
    "SHELL": "/bin/bash",
}
NAMESPACES = ("user", "net", "uts", "ipc", "mnt")  # a process enters a pid namespace only by being forked into it
DESCRIPTORS = 512  # of one process
INODES = 16_384  # of one node
NODE_FILTER = seccomp.node_filter()


class NodeError(Exception):
    """A node could not be created; the text says which step failed."""


def copy_folders(source: Path, target: Path) -> None:
    """Make the folders of SOURCE in TARGET, with owners and modes, without their files: where services put their sockets."""
    try:
        names = os.listdir(source)
    except PermissionError:  # of a service's own account, where ids are not those of the image
        return
    for name in names:
        at = (source / name).lstat()
        if stat.S_ISDIR(at.st_mode):
            (target / name).mkdir()
            os.chown(target / name, at.st_uid, at.st_gid)
            (target / name).chmod(stat.S_IMODE(at.st_mode))
            copy_folders(source / name, target / name)


# Why a node has stopped, to be read after "NODE has stopped:"
INIT_ENDED = "its init process was ended"
KERNEL_MEMORY = "it used more kernel memory than a lab may"


class NodeSpace:
    """A running node, as the supervisor sees it. ``pid`` is that of its init."""

    def __init__(self, name: str, owner: int, *, disk: int, processes: int) -> None:
        """Begin a node: NAME is its host name, OWNER an id inside U1 that no other node has, DISK is in MB.

        It runs after ``map`` and ``finish``. The three steps let the kernel create many nodes in parallel.
        """
        self.name, self.owner, self.disk, self.processes = name, owner, disk, processes
        self.base = LABS / name
        self.why = INIT_ENDED  # the reason, once the node has stopped
        self._start()

    def map(self) -> None:
        """Map its ids. The node then builds its root file system."""
        self._middle.map()

    def finish(self) -> None:
        """Wait until its init runs. Raises NodeError."""
        self.pid = self._await_init()
        self.root = os.open(f"/proc/{self.pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.network = syscalls.open_network(self.pid)  # labs.supervisor.node_teardown closes it
        self._pid_namespace = os.open(f"/proc/{self.pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    # -- life

    def _start(self) -> None:
        self.base.mkdir(parents=True, exist_ok=True)
        syscalls.mount(
            "tmpfs",
            self.base,
            "tmpfs",
            syscalls.MS_NOSUID | syscalls.MS_NODEV,
            f"size={self.disk}m,nr_inodes={INODES},mode=755",
        )
        for folder in ("upper", "work", "root", "run", "shm"):
            (self.base / folder).mkdir()
        (self.base / "shm").chmod(0o1777)
        reader, writer = os.pipe()  # close-on-exec: end of file means that init has been executed
        middle = fork_unmapped(0, self._own_limits)
        if middle is None:
            self._become_init(writer)
        else:
            self._middle, self._told = middle, reader
            os.close(writer)

    def _await_init(self) -> int:
        try:
            said = os.read(self._told, 20)
            os.waitpid(self._middle.pid, 0)
            trouble = os.read(self._told, 400)
        finally:
            os.close(self._told)
        if trouble or not said:
            raise NodeError(f"{self.name}: {trouble.decode(errors='replace') or NO_NAMESPACES}")
        return int(said)

    def _own_limits(self) -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (self.processes, self.processes))
        syscalls.keep_capabilities()
        os.setresuid(self.owner, self.owner, self.owner)
        syscalls.set_dumpable(True)

    def _become_init(self, writer: int) -> None:
        """In the child, root of the node's user namespace: fork pid 1 of the node, report its pid, build its root, execute init."""
        try:
            init = syscalls.fork()
            if init:
                os.write(writer, str(init).encode().ljust(20))
                os._exit(0)
            os.closerange(3, writer)
            os.closerange(writer + 1, 4096)  # descriptors of nodes that are created at the same time
            self._build_root()
            os.chdir(self.base / "root")
            syscalls.pivot_root_here()
            syscalls.set_hostname(self.name)
            os.setsid()
            be_first_out_of_memory()
            give_limits(self.processes)
            seccomp.deny(NODE_FILTER)
            null = os.open("/dev/null", os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            os.execve("/usr/bin/catatonit", ["init", "-P"], ENVIRONMENT)
        except BaseException as error:
            os.write(writer, f"{error}".encode()[:390])
        finally:
            os._exit(1)

    def _build_root(self) -> None:
        base, root = self.base, self.base / "root"
        quiet = syscalls.MS_NOSUID | syscalls.MS_NODEV
        syscalls.mount(
            "overlay", root, "overlay", 0, f"lowerdir={IMAGE},upperdir={base}/upper,workdir={base}/work,userxattr"
        )
        syscalls.mount("proc", root / "proc", "proc", quiet | syscalls.MS_NOEXEC)
        read_only_sysctls.protect(root / "proc/sys/net")
        syscalls.mount("sysfs", root / "sys", "sysfs", syscalls.MS_RDONLY | quiet | syscalls.MS_NOEXEC)
        copy_folders(root / "run", base / "run")
        syscalls.mount(f"{base}/run", root / "run", None, syscalls.MS_BIND)  # part of the node's one disk
        syscalls.mount("tmpfs", root / "dev", "tmpfs", syscalls.MS_NOSUID, "size=64k,nr_inodes=64,mode=755")
        for device in DEVICES:
            (root / "dev" / device).touch()
            syscalls.mount(f"/dev/{device}", root / "dev" / device, None, syscalls.MS_BIND)
        if TUN.exists():  # exists only in the container of a lab that requires it
            (root / "dev/net").mkdir()
            (root / "dev/net/tun").touch()
            syscalls.mount(str(TUN), root / "dev/net/tun", None, syscalls.MS_BIND)
        (root / "dev/pts").mkdir()
        syscalls.mount(
            "devpts",
            root / "dev/pts",
            "devpts",
            syscalls.MS_NOSUID | syscalls.MS_NOEXEC,
            "newinstance,ptmxmode=0666,mode=0620,max=64",
        )
        (root / "dev/shm").mkdir()
        syscalls.mount(f"{base}/shm", root / "dev/shm", None, syscalls.MS_BIND)
        for link, target in (
            ("ptmx", "pts/ptmx"),
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ):
            (root / "dev" / link).symlink_to(target)
        syscalls.mount(str(root), root, None, syscalls.MS_BIND | syscalls.MS_REC)

    @property
    def up(self) -> bool:
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    @property
    def ended(self) -> str:
        """The reason why the node has stopped and what to do, as a sentence; empty while it runs."""
        return "" if self.up else f"{self.name} has stopped: {self.why}. Reset it."

    def close(self) -> None:
        """Unmount the file systems of a node whose init has ended."""
        os.close(self.root)
        os.close(self._pid_namespace)
        syscalls.unmount(self.base)

    # -- acting inside

    def spawn(
        self,
        command: Sequence[str],
        stdin: int,
        stdout: int,
        stderr: int,
        *,
        terminal: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run COMMAND (an absolute path and arguments) inside the node, as the learner would. Returns the pid to wait for.

        Until exec the child is not dumpable, so that the learner can neither trace nor read it. After joining the namespaces it
        imports nothing and holds no other descriptors than these three.
        """
        own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.setns(self._pid_namespace, os.CLONE_NEWPID)  # affects children only
            child = syscalls.fork()
            if child == 0:
                self._join_and_exec(command, (stdin, stdout, stderr), terminal, {**ENVIRONMENT, **(environment or {})})
            os.setns(own, os.CLONE_NEWPID)
        finally:
            os.close(own)
        return child

    def _join_and_exec(
        self, command: Sequence[str], streams: tuple[int, int, int], terminal: bool, environment: Mapping[str, str]
    ) -> None:
        try:
            be_first_out_of_memory()
            syscalls.set_dumpable(False)
            joins = [os.open(f"/proc/{self.pid}/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
            for signal_number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
                signal.signal(signal_number, signal.SIG_DFL)
            copies = [os.dup(stream) for stream in streams]  # copied first, so that no stream is overwritten
            for number, copy in enumerate(copies):
                os.dup2(copy, number)
            os.setsid()
            for join in joins:
                os.setns(join, 0)
            os.closerange(3, 4096)
            os.chdir("/root" if terminal else "/")
            os.setgroups([])
            os.setgid(0)
            os.setuid(0)
            syscalls.set_dumpable(False)
            if terminal:
                syscalls.libc.ioctl(0, 0x540E, 0)  # TIOCSCTTY: make the pty the controlling terminal
            give_limits(self.processes)
            seccomp.deny(NODE_FILTER)
            os.execve(command[0], list(command), environment)
        except BaseException as error:
            print(f"{self.name}: {command[0]}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(127)

    def open(self, path: str, flags: int) -> int:
        """Open a file of the node. No link of the learner's leads out of it. Raises OSError."""
        return syscalls.open_below(self.root, path, flags)

    def open_pty(self) -> tuple[int, int]:
        """A new pseudoterminal of the node's own devpts: (the supervisor's end, the node's end)."""
        ours = self.open("/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            if syscalls.filesystem_type(ours) != syscalls.DEVPTS_SUPER_MAGIC:
                raise NodeError(f"{self.name}: /dev/pts is not a devpts")
            fcntl.ioctl(ours, syscalls.TIOCSPTLCK, struct.pack("i", 0))
            theirs = fcntl.ioctl(ours, syscalls.TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
        except BaseException:
            os.close(ours)
            raise
        return ours, theirs


def be_first_out_of_memory() -> None:
    """Make the kernel end this process before the supervisor when the container's memory is full."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def give_limits(processes: int) -> None:
    """Set the limits of one process of a node, and of the number of processes."""
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 23, 1 << 23))
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (819_200, 819_200))
