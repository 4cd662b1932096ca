"""The resources of a lab, from files as the kernel writes them, for cgroup v1 and v2."""

import os
import threading
import time

import pytest

from labs.supervisor import resource_use
from labs.supervisor.resource_use import ResourceUse

V1 = {
    "memory/memory.usage_in_bytes": "104857600\n",
    "memory/memory.limit_in_bytes": "201326592\n",
    "memory/memory.stat": "cache 1\ninactive_file 5\ntotal_inactive_file 52428800\nodd\nword x\n",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    "cpuacct/cpuacct.usage": "7000000000\n",
    "cpu/cpu.cfs_quota_us": "150000\n",
    "cpu/cpu.cfs_period_us": "100000\n",
}
V2 = {
    "memory.current": "104857600\n",
    "memory.max": "201326592\n",
    "memory.stat": "anon 1\ninactive_file 52428800\n",
    "memory.events": "low 0\noom 1\noom_kill 3\n",
    "cpu.stat": "usage_usec 7000000\nuser_usec 1\n",
    "cpu.max": "150000 100000\n",
}


@pytest.fixture
def cgroup(tmp_path, monkeypatch):
    monkeypatch.setattr(resource_use, "CGROUP", tmp_path)

    def write(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    return write


@pytest.mark.parametrize("files", [V1, V2], ids=["v1", "v2"])
def test_memory_and_cpu_are_read_from_cgroup_v1_and_v2(cgroup, files):
    cgroup(files)
    used = ResourceUse().measure({}, {})
    assert used["memory"] == [51_200, 196_608]
    assert used["cpu"][1] == 150
    assert used["nodes"] == {}
    assert resource_use.used_cpu() == 7_000_000_000


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"memory.current": "", "memory.max": "max\n", "cpu.max": "max 100000\n", "cpu.stat": "", "memory.events": "\n"},
        {"memory/memory.limit_in_bytes": "-1\n", "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "0\n"},
    ],
)
def test_unknown_values_are_zero(cgroup, files):
    cgroup(files)
    used = ResourceUse().measure({}, {})
    assert used["ended"] == 0
    assert used["cpu"][1] == 0
    assert used["memory"][0] == 0
    assert used["memory"][1] <= 0


def test_programs_ended_for_lack_of_memory_are_reported_for_a_minute(cgroup, monkeypatch):
    cgroup(V2)
    use = ResourceUse()
    assert use.measure({}, {})["ended"] == 0
    cgroup({"memory.events": "oom_kill 5\n"})
    assert use.measure({}, {})["ended"] == 2
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + resource_use.RECENT - 1)
    assert use.measure({}, {})["ended"] == 2
    monkeypatch.setattr(time, "monotonic", lambda: now + resource_use.RECENT + 1)
    assert use.measure({}, {})["ended"] == 0


def test_a_rate_is_counted_since_the_last_request(cgroup, monkeypatch):
    use, now = ResourceUse(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert use._rate("a", 1000) == 0
    now[0] += 2
    assert use._rate("a", 5000) == 2000
    now[0] += 0.05  # too soon: the time counts for the next
    assert use._rate("a", 6000) == 0
    now[0] += 0.95
    assert use._rate("a", 6000) == 1000
    now[0] += 1
    assert use._rate("a", 0) == 0  # a terminal has ended


def test_threads_have_waited_for_a_cpu_and_the_first_one_counts_for_its_process():
    ending = threading.Event()
    other = threading.Thread(target=ending.wait)
    other.start()
    try:
        threads, processes = resource_use.waited_for_cpu(), resource_use.waited_for_cpu(of_all_threads=False)
    finally:
        ending.set()
        other.join()
    own = {str(os.getpid())}
    assert own <= set(processes)
    assert str(other.native_id) not in processes
    assert own | {str(other.native_id)} <= set(threads)
    assert all(isinstance(waited, int) for waited in threads.values())
