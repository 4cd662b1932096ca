"""What TCP and UDP hold is bounded in the container's own group, wherever the engine has put that."""

import pytest

from labs.engine import cgroups


@pytest.mark.parametrize("place", ["docker/{}", "system.slice/docker-{}.scope"])
def test_the_queues_of_a_container_get_a_bound(tmp_path, monkeypatch, place):
    monkeypatch.setattr(cgroups, "MEMORY", tmp_path)
    group = tmp_path / place.format("abc")
    group.mkdir(parents=True)
    assert cgroups.bound_sockets("abc")
    assert (group / "memory.kmem.tcp.limit_in_bytes").read_text() == str(32 << 20)


def test_with_cgroup_v2_there_is_nothing_to_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "MEMORY", tmp_path / "not there")
    assert not cgroups.bound_sockets("abc")
