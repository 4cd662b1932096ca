"""The resources that a lab uses: processes, descriptors, disk and files of each node; memory and CPU of all nodes together.

With these numbers the site tells a learner why the lab is slow or stuck. They are measured only on request, so a quiet lab costs
nothing. Rates are counted since the last request.
"""

import contextlib
import os
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labs.supervisor.conntrack import tracked_connections
from labs.supervisor.network_files import packet_counts
from labs.supervisor.node import DESCRIPTORS, KERNEL_MEMORY, NodeSpace

CGROUP = Path("/sys/fs/cgroup")
RECENT = 60.0  # seconds for which we report a program that was ended for lack of memory
SHORTEST = 0.2  # the least seconds between two counts for a rate


class ResourceUse:
    """Measures resources, and remembers the last counts for the rates."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, int]] = {}
        self._waited = waited_for_cpu(of_all_threads=False)  # nanoseconds, by process
        self._waits = 0  # nanoseconds of all processes, since the start of the lab
        self._ended = deque([(time.monotonic(), _ended_for_memory())])

    def measure(self, spaces: Mapping[str, NodeSpace], printed: Mapping[str, int]) -> dict[str, Any]:
        """Measure what is used, mostly as [used, limit]. PRINTED are the bytes that each node's terminals have printed so far."""
        tasks, descriptors = _processes(spaces)
        nodes = {}
        for name, space in spaces.items():
            disk = os.statvfs(space.base)
            nodes[name] = {
                "up": space.up,
                "kernel_memory": space.why == KERNEL_MEMORY,  # whether that ended it
                "processes": [tasks[name], space.processes],
                "descriptors": [descriptors[name], DESCRIPTORS],
                "disk": [(disk.f_blocks - disk.f_bavail) * disk.f_frsize >> 10, disk.f_blocks * disk.f_frsize >> 10],
                "files": [disk.f_files - disk.f_favail, disk.f_files],
                "connections": [tracked_connections(space.pid), _most_connections()],
                "packets": self._rate(f"{name} packets", _packets(space)),
                "printed": self._rate(f"{name} printed", printed.get(name, 0)),
            }
        return {"nodes": nodes, "memory": _memory(), "ended": self._ended_lately(), "cpu": self._cpu()}

    def _rate(self, what: str, count: int) -> int:
        """The rate per second since the last request."""
        now = time.monotonic()
        at, before = self._last.get(what, (now, count))
        if now - at < SHORTEST and what in self._last:
            return 0
        self._last[what] = now, count
        return max(0, round((count - before) / max(now - at, SHORTEST)))

    def _ended_lately(self) -> int:
        """Count the programs that the kernel has ended recently because the lab's memory was full."""
        now = time.monotonic()
        self._ended.append((now, _ended_for_memory()))
        while len(self._ended) > 1 and now - self._ended[1][0] > RECENT:
            self._ended.popleft()
        return self._ended[-1][1] - self._ended[0][1]

    def _cpu(self) -> list[int]:
        """Hundredths of a core: what the lab wants, and its limit.

        A lab that wants more is stopped by its limit, or waits for a core when the machine is busy. So the time that its programs
        have waited counts like the time that they have run.
        """
        waited = waited_for_cpu(of_all_threads=False)
        self._waits += sum(max(0, much - self._waited.get(process, 0)) for process, much in waited.items())
        self._waited = waited
        return [self._rate("cpu", self._waits + used_cpu()) // 10_000_000, most_cpu()]


def _processes(spaces: Mapping[str, NodeSpace]) -> tuple[Counter[str], Counter[str]]:
    """The tasks of each node, and the descriptors of the process with the most. From the supervisor's own /proc."""
    names = {}
    for name, space in spaces.items():
        with contextlib.suppress(OSError):  # the node has ended
            names[os.readlink(f"/proc/{space.pid}/ns/pid")] = name
    tasks, descriptors = Counter[str](), Counter[str]()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # the process has ended meanwhile
                if name := names.get(os.readlink(f"{entry.path}/ns/pid"), ""):
                    tasks[name] += os.stat(f"{entry.path}/task").st_nlink - 2
                    descriptors[name] = max(descriptors[name], _open_in(f"{entry.path}/fd"))
    return tasks, descriptors


def _open_in(folder: str) -> int:
    return os.stat(folder).st_size or len(os.listdir(folder))  # since Linux 6.2 the size is the number of descriptors


def _packets(space: NodeSpace) -> int:
    """The packets that all interfaces of a node have sent."""
    return sum(sent for _received, sent in packet_counts(space.pid))


def _most_connections() -> int:
    return _number("/proc/sys/net/netfilter/nf_conntrack_max") or _number("/proc/sys/net/nf_conntrack_max")


def _number(path: str) -> int:
    with contextlib.suppress(OSError, ValueError), open(path) as file:
        return int(file.read(40))
    return 0


def _memory() -> list[int]:
    """KB of memory that the container uses and cannot release, and its limit; [0, 0] if they are unknown."""
    used = _number(f"{CGROUP}/memory/memory.usage_in_bytes") or _number(f"{CGROUP}/memory.current")
    most = _number(f"{CGROUP}/memory/memory.limit_in_bytes") or _number(f"{CGROUP}/memory.max")
    stat = dict(_pairs("memory/memory.stat", "memory.stat"))
    spare = stat.get("total_inactive_file", stat.get("inactive_file", 0))
    return [max(0, used - spare) >> 10, most >> 10]


def waited_for_cpu(*, of_all_threads: bool = True) -> dict[str, int]:
    """The nanoseconds that each thread of the lab, or each process's first thread, was ready to run and did not run."""
    waited = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended
            for thread in os.listdir(f"/proc/{process}/task") if of_all_threads else [process]:
                with open(f"/proc/{process}/task/{thread}/schedstat") as file:
                    waited[thread] = int(file.read(100).split()[1])
    return waited


def used_cpu() -> int:
    """The nanoseconds of CPU time that the container has used."""
    return _number(f"{CGROUP}/cpuacct/cpuacct.usage") or 1000 * dict(_pairs("cpu.stat")).get("usage_usec", 0)


def most_cpu() -> int:
    """The container's limit in hundredths of a core; 0 if it is unknown."""
    quota, period = _number(f"{CGROUP}/cpu/cpu.cfs_quota_us"), _number(f"{CGROUP}/cpu/cpu.cfs_period_us")
    with contextlib.suppress(OSError, ValueError), open(CGROUP / "cpu.max") as file:
        quota, period = map(int, file.read(60).split())
    return max(0, 100 * quota // period) if period else 0


def _ended_for_memory() -> int:
    return dict(_pairs("memory/memory.oom_control", "memory.events")).get("oom_kill", 0)


def _pairs(*names: str) -> Iterator[tuple[str, int]]:
    """Name and number of each line in the first of these files that exists: cgroup v1, then v2."""
    for name in names:
        with contextlib.suppress(OSError), open(CGROUP / name) as file:
            for line in file.read(65_536).splitlines():
                key, _, value = line.partition(" ")
                if value.strip().isdigit():
                    yield key, int(value)
            return
