"""The memory that a lab may hold beside its limit: the sum of all ways, as the code bounds each."""

from labs.engine.runtime import memory_limit
from labs.engine.runtime.memory_limit import BESIDE, beside_mb
from labs.supervisor import socket_budget
from labs.supervisor.kernel_memory import weighing


def test_rings_and_all_that_the_guard_weighs_are_together_what_we_say(monkeypatch):
    monkeypatch.setattr(memory_limit, "is_bounded_apart", lambda: False)
    assert socket_budget.RINGS + weighing.MOST == BESIDE << 20 == beside_mb(nodes=20) << 20


def test_with_cgroup_v1_tcp_and_udp_come_in_addition(monkeypatch):
    monkeypatch.setattr(memory_limit, "is_bounded_apart", lambda: True)
    assert beside_mb(nodes=16) == 64 + 32 + 16 + 16
    bounds = (memory_limit.STREAMS, memory_limit.STREAMS_OF_NODE)
    assert bounds == (socket_budget.STREAMS, socket_budget.STREAMS_OF_NODE)
