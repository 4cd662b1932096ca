"""The walls that the audit can remove, one at a time, in containers of its own.

The product has no switch that weakens it. The audit removes a wall by mounting a patched copy of a module of the supervisor over
the image's module, or by changing the configuration that the driver sends to the engine.
"""

import contextlib
import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.image import SUPERVISOR

IN_IMAGE = "/usr/lib/python3/dist-packages/labs/supervisor"


class WallMoved(Exception):
    """The code that a control removes has changed, so the control must be adapted."""


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """NAME says what is missing. PATCHES are (module, old text, new text); CONFIG changes the container's host config.

    A module is named by its path in the supervisor's folder, such as ``node`` or ``kernel_memory/guard``.
    """

    name: str
    patches: tuple[tuple[str, str, str], ...] = ()
    config: Callable[[dict[str, Any]], None] | None = None
    sockets: bool = True  # whether the memory of TCP and UDP is limited (labs.engine.runtime.socket_memory)

    def patched(self) -> dict[str, str]:
        """The source of each changed module, by its name. Raises WallMoved."""
        sources: dict[str, str] = {}
        for module, old, new in self.patches:
            source = sources.get(module) or (SUPERVISOR / f"{module}.py").read_text()
            if old not in source:
                raise WallMoved(f"{self.name}: {module}.py no longer contains {old!r}.")
            sources[module] = source.replace(old, new)
        return sources


@dataclass(frozen=True, slots=True)
class SecondWall:
    """Something else that stops an attack on a machine where it STANDS. There, a control cannot show that the first wall works."""

    name: str
    stands: Callable[[], bool]


class EngineWithout(Engine):
    """An engine whose labs lack one wall."""

    def __init__(self, site: str, wall: Wall) -> None:
        super().__init__(site)
        self.wall = wall
        self.folder = Path(tempfile.mkdtemp(prefix="vaka-wall-"))
        for module, source in wall.patched().items():
            file = self.folder / f"{module}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
            file.chmod(0o644)

    def _host_config(self, lab: Lab | None, owner: int) -> Any:
        config = super()._host_config(lab, owner)
        config["Binds"] = binds(self.folder)
        if self.wall.config:
            self.wall.config(config)
        return config

    def _limit_sockets(self, container: str) -> None:
        if self.wall.sockets:
            super()._limit_sockets(container)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        super().close()


def binds(folder: Path) -> list[str]:
    """The mounts that put each module of a folder over the one of the image with the same path."""
    return [f"{file}:{IN_IMAGE}/{file.relative_to(folder)}:ro" for file in sorted(folder.rglob("*.py"))]


def _without_profile(config: dict[str, Any]) -> None:
    kept = [option for option in config["SecurityOpt"] if not option.startswith("seccomp=")]
    config["SecurityOpt"] = [*kept, "seccomp=unconfined"]


def _with_old_privileges(config: dict[str, Any]) -> None:
    config["SecurityOpt"] = [option for option in config["SecurityOpt"] if option != "no-new-privileges"]


def _with_memory(config: dict[str, Any]) -> None:
    config["Memory"] = config["MemorySwap"] = 2 << 30


def _with_host_cgroups(config: dict[str, Any]) -> None:
    config["CgroupnsMode"] = "host"


def _with_host_ids(config: dict[str, Any]) -> None:
    config["CapAdd"] = [*config["CapAdd"], "SETFCAP"]


NAMES = 'NAMESPACES = ("user", "net", "uts", "ipc", "mnt")'

NODE_FILTER = Wall(
    "the node's seccomp filter",
    (("seccomp", 'check(libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filters)), "seccomp")', "pass"),),
)
PROFILE = Wall("the container's seccomp profile", config=_without_profile)
PRIVILEGES = Wall("no-new-privileges", config=_with_old_privileges)
MEMORY = Wall("the container's memory limit", config=_with_memory)
CGROUPS = Wall("the private cgroup namespace", config=_with_host_cgroups)
OWN_IDS = Wall(
    "ids of our own (root in a node is the host's uid 0)",
    (
        ("identity", "FIRST_ID = 1_880_000_000", "FIRST_ID = 0"),
        (
            "identity",
            "syscalls.CAP_SETUID | syscalls.CAP_SETGID",
            "syscalls.CAP_SETUID | syscalls.CAP_SETGID | 1 << 31",
        ),
        ("node", 'os.chdir("/root" if terminal else "/")', 'os.chdir("/")'),
    ),
    _with_host_ids,
)
OWN_PROC = Wall(
    "a /proc of the node's own",
    (
        (
            "node",
            'syscalls.mount("proc", root / "proc", "proc", quiet | syscalls.MS_NOEXEC)',
            'syscalls.mount("/proc", root / "proc", None, syscalls.MS_BIND | syscalls.MS_REC)',
        ),
    ),
)
OWN_USERS = Wall(
    "a user namespace of the node's own",
    (
        ("identity", "os.unshare(os.CLONE_NEWUSER)", "os.unshare(0 if outer == 0 else os.CLONE_NEWUSER)"),
        (
            "identity",
            'for name in ("uid_map", "gid_map"):',
            'for name in ("uid_map", "gid_map") if self.outer else ():',
        ),
        ("node", "syscalls.keep_capabilities()\n        os.setresuid(self.owner, self.owner, self.owner)", "pass"),
        ("node", NAMES, NAMES.replace('"user", ', "")),
    ),
)
OWN_IPC = Wall(
    "an IPC namespace of the node's own",
    (
        (
            "identity",
            "os.unshare(NAMESPACES)",
            "os.unshare(NAMESPACES & ~(os.CLONE_NEWIPC if outer == 0 else 0))",
        ),
        ("node", NAMES, NAMES.replace('"ipc", ', "")),
    ),
)
OWN_DISK = Wall(
    "an upper layer of the node's own",
    (
        ("node", "upperdir={base}/upper,workdir={base}/work", "upperdir={LABS}/upper,workdir={LABS}/{self.name}-work"),
        (
            "node",
            'for folder in ("upper"',
            'for folder in ("upper", f"{self.name}-work"):\n            (LABS / folder).mkdir(exist_ok=True)\n'
            '        for folder in ("upper"',
        ),
    ),
)
NOT_DUMPABLE = Wall(
    "the terminal's helper not being dumpable",
    (
        (
            "node",
            "os.setuid(0)\n            syscalls.set_dumpable(False)",
            "os.setuid(0)\n            syscalls.set_dumpable(True)\n            syscalls.libc.usleep(200_000)",
        ),
    ),
)
DESCRIPTORS = Wall(
    "closed descriptors",
    (
        ("node", "os.closerange(3, 4096)", "pass"),
        (
            "node",
            "syscalls.set_dumpable(False)\n            joins",
            'os.dup2(os.open("/", os.O_RDONLY), 63)\n            joins',
        ),
    ),
)
ENVIRONMENT = Wall("the clean environment", (("node", '["init", "-P"], ENVIRONMENT', '["init", "-P"], os.environ'),))
KERNEL_LIMITS = Wall(
    "the session's own limits in /proc/sys/user",
    (("identity", "knob.write_text(str(most))", 'knob.write_text("100000")'),),
)
PROCESSES = Wall(
    "the node's limit of processes",
    (
        ("node", "resource.setrlimit(resource.RLIMIT_NPROC, (self.processes, self.processes))", "pass"),
        ("node", "resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))", "pass"),
    ),
)
OPEN_FILES = Wall(
    "the limit of descriptors",
    (("node", "resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))", "pass"),),
)
DISK = Wall("the node's disk limit", (("node", "size={self.disk}m,", ""),))
INODES = Wall("the node's limit of files", (("node", "nr_inodes={INODES},mode=755", "nr_inodes=0,mode=755"),))
PTYS = Wall("the node's limit of pseudoterminals", (("node", "max=64", "max=1024"),))
OPEN_BELOW = Wall(
    "openat2 for files",
    (("asks", 'space.open(ask["path"], ', 'os.open(f"/proc/{space.pid}/root" + ask["path"], '),),
)
OPEN_SOCKET_BELOW = Wall(
    "openat2 for sockets",
    (("daemon_sockets", "space.open(path, os.O_PATH)", 'os.open(f"/proc/{space.pid}/root" + path, os.O_PATH)'),),
)
LINKS_AS_LINKS = Wall(
    "links that are saved as links",
    (
        (
            "node_files",
            "os.stat(entry.name, dir_fd=opened, follow_symlinks=False)",
            "os.stat(entry.name, dir_fd=opened)",
        ),
        (
            "node_files",
            "handle = syscalls.open_below(root, name, READ)",
            "handle = os.open(name, READ & ~os.O_NOFOLLOW, dir_fd=root)",
        ),
    ),
)
NOT_WAITING = Wall("O_NONBLOCK for files", (("asks", "os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY", "os.O_RDONLY"),))
REGULAR = Wall("regular files only", (("asks", "if not stat.S_ISREG(os.fstat(handle).st_mode):", "if False:"),))
BYTES = Wall("the bound of an answer in bytes", (("asks", "LARGEST = 512 * 1024", "LARGEST = 1 << 40"),))
SECONDS = Wall(
    "the bounds of an answer in time",
    (
        ("asks", "async with asyncio.timeout(seconds), ask_turns.of(ask):", "async with ask_turns.of(ask):"),
        (
            "asks",
            "asyncio.timeout(min(seconds, _lasts(ask) + patience(ask, seconds) + slack))",
            "asyncio.timeout(None)",
        ),
    ),
)
OWN_BINARIES = Wall(
    "joining the net namespace only",
    (
        (
            "asks",
            "subprocess.Popen(command,",
            'subprocess.Popen(("nsenter", f"--mount=/proc/{space.pid}/ns/mnt", *command),',
        ),
    ),
)
RING = Wall(
    "the bounds of a terminal's record and pace",
    (
        ("terminals", "RING = 256 * 1024", "RING = 1 << 40"),
        ("terminals", "RATE, BURST = 1 << 20, 1 << 20", "RATE, BURST = 1 << 40, 1 << 40"),
    ),
)
UNCHARGED = Wall(
    "the budget of rings and sockets",
    (
        ("socket_budget", "RINGS = 24 << 20", "RINGS = 1 << 40"),
        ("socket_budget", "RINGS_OF_NODES = 22 << 20", "RINGS_OF_NODES = 1 << 40"),
        ("socket_budget", "SOCKETS, SOCKETS_OF_NODE = 64, 16", "SOCKETS, SOCKETS_OF_NODE = 1 << 20, 16"),
        ("socket_budget", "QUEUE = 212_992", "QUEUE = 1 << 30"),
    ),
)
FANOUT = Wall(
    "the refusal of groups of packet sockets",
    (
        *UNCHARGED.patches,
        ("seccomp", '(EQUAL, PACKET_FANOUT, "refuse", ""),', '(EQUAL, PACKET_FANOUT, "allow", ""),'),
    ),
)
MULTICAST_TABLES = Wall(
    "the refusal of tables of multicast routes",
    (("seccomp", "for option in (MRT_TABLE, *OLD_TABLES)", "for option in OLD_TABLES"),),
)
MEMBERSHIPS = Wall(
    "the bound of what a packet socket listens to",
    (("socket_budget", "MEMBERSHIPS = 16", "MEMBERSHIPS = 1 << 30"),),
)
SOCKET_MEMORY = Wall("the bound of what TCP and UDP hold beside the lab's memory", sockets=False)
STREAMS = Wall(
    "the bound of TCP sockets",
    (("socket_budget", "STREAMS, STREAMS_OF_NODE = 256, 16", "STREAMS, STREAMS_OF_NODE = 1 << 20, 16"),),
)
KERNEL_ONLY = Wall("netlink sockets that receive from the kernel only", (("syscalls", "made.connect((0, 0))", "pass"),))
GUARD = Wall(
    "the guard of what a node holds in the kernel", (("kernel_memory/weighing", "MOST = 40 << 20", "MOST = 1 << 40"),)
)
WHOLE_LISTS = Wall(
    "the guard, which takes a list that is not whole for a full one",
    (*GUARD.patches, ("netlink", "if whole and is_cut:", "if False:")),
)
OLD_TABLES = Wall(
    "the guard, which takes a node with tables of iptables for a full one",
    (*GUARD.patches, ("kernel_memory/weighing", "if any(names(pid, folder) for folder in XTABLES):", "if False:")),
)
KINDS = Wall(
    "the guard, which takes a node with an interface of a kind that no lab needs for a full one",
    (*GUARD.patches, ("kernel_memory/weighing", "if self.kind and self.kind not in KINDS:", "if False:")),
)
GENERIC = Wall(
    "generic netlink of a network without rights",
    (("socket_budget", "GENERIC_NETLINK in os.environ", "True"),),
)
LENT = Wall(
    "the bound of generic netlink sockets",
    (
        (
            "socket_budget",
            "GENERIC_OF_NODE, GENERIC_QUEUE = 4, 16_384",
            "GENERIC_OF_NODE, GENERIC_QUEUE = 1 << 20, 1 << 18",
        ),
    ),
)
EXTENSIONS = Wall(
    "the guard, which takes a node with an extension of x_tables for a full one",
    (
        *GUARD.patches,
        ("kernel_memory/netfilter_objects", r'EXTENSIONS = (b"match\0", b"target\0")', "EXTENSIONS = ()"),
        ("kernel_memory/netfilter_objects", "MOST_RULES = 8 << 20", "MOST_RULES = 1 << 40"),
    ),
)
SEARCHES = Wall(
    "the guard of queues for neighbours",
    (*GUARD.patches, ("kernel_memory/neighbour_queues", "if long or failed:", "if False:")),
)
PROXIED = Wall(
    "the guard of queues for proxied neighbours", (("kernel_memory/proxied_queues", "LONG = 64", "LONG = 1 << 30"),)
)
FIXED = Wall(
    "settings that are read-only in a node",
    (("read_only_sysctls", 'FIXED = {"core/optmem_max": 8192, "ipv4/igmp_max_msf": None}', "FIXED = {}"),),
)

APPARMOR = SecondWall("AppArmor", lambda: _reads("/sys/module/apparmor/parameters/enabled", "Y"))
PARANOID = SecondWall(
    "kernel.perf_event_paranoid", lambda: not _reads("/proc/sys/kernel/perf_event_paranoid", *"012", "-1")
)
VNI_REQUESTS = SecondWall(  # docker/vni_requests.py keeps there what set-up could do
    "the kernel's refusal of VNI filters", lambda: _refuses_vnis(Path("/run/vaka/vni-requests"))
)
CGROUP2 = SecondWall("cgroup v2, which charges them", lambda: Path("/sys/fs/cgroup/cgroup.controllers").exists())


def without(option: str, what: str) -> SecondWall:
    """A kernel that was built without an option, as far as its configuration can be read here."""
    return SecondWall(f"a kernel without {what}", lambda: not _has_option(option))


def _has_option(option: str) -> bool:
    for path, opened in ((Path("/proc/config.gz"), gzip.open), (Path(f"/boot/config-{os.uname().release}"), open)):
        with contextlib.suppress(OSError), opened(path, "rt") as file:
            return re.search(rf"^CONFIG_{option}=[ym]$", file.read(), re.MULTILINE) is not None
    return False


def _refuses_vnis(mark: Path) -> bool:
    return mark.exists() and mark.read_text().split()[1:] == ["refused"]


def _reads(path: str, *values: str) -> bool:
    try:
        return Path(path).read_text().strip() in values
    except OSError:
        return False
