"""An empty container of the pool gets its lab: the limits, and all that works in a lab that was started for itself."""

import uuid

import pytest

from labs.engine.client import Session
from labs.engine.driver import memory_of, processes_of

pytestmark = pytest.mark.live


def test_an_empty_container_waits_small_and_becomes_any_lab(bench, village, shell_on):
    name = str(uuid.uuid4())
    try:
        container = bench.engine.start(name, None, generation=1)
        session = Session(bench.relay, name)
        assert session.status()["state"] == "empty"
        assert bench.engine.usage(name).memory < 40 << 20

        assert bench.engine.fit(name, village)
        limits = bench.engine.client.api.inspect_container(container)["HostConfig"]
        memory = memory_of(village) << 20
        cpus = int(village.limits.cpus * 1e9)
        assert (limits["Memory"], limits["MemorySwap"]) == (memory, memory)
        assert (limits["NanoCpus"], limits["PidsLimit"]) == (cpus, processes_of(village))

        session.build(village, seconds=60, on_step=lambda step, seconds: None)
        assert "0% packet loss" in shell_on(session, "h1").type("ping -c 1 -w 5 2001:db8:1::20")
        assert "FRRouting" in shell_on(session, "r1").type("vtysh -c 'show version'")
    finally:
        bench.engine.remove(name)


def test_a_container_that_is_gone_is_not_fitted(bench, village):
    assert not bench.engine.fit(str(uuid.uuid4()), village)
