"""What TCP and UDP hold is bounded in the container's own group, wherever the engine has put that."""

import pytest

from labs.engine.runtime import socket_memory


@pytest.mark.parametrize("place", ["docker/{}", "system.slice/docker-{}.scope"])
def test_the_queues_of_a_container_get_a_bound(tmp_path, monkeypatch, place):
    monkeypatch.setattr(socket_memory, "MEMORY", tmp_path)
    group = tmp_path / place.format("abc")
    group.mkdir(parents=True)
    assert socket_memory.bound_sockets("abc")
    assert (group / "memory.kmem.tcp.limit_in_bytes").read_text() == str(32 << 20)


def test_with_cgroup_v2_there_is_nothing_to_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(socket_memory, "MEMORY", tmp_path / "not there")
    assert not socket_memory.bound_sockets("abc")


@pytest.fixture
def machine(tmp_path):
    """A control group of a lab, one of another container, and one in which nothing runs yet; and the processes."""
    groups = {}
    for name, number, command in (
        ("docker/aa", "11", b"PATH=/bin\0VAKA_SITE=ours\0"),
        ("system.slice/docker-bb.scope", "12", b"VAKA_SITE=another\0"),
        ("docker/cc", "", b""),
    ):
        groups[name] = tmp_path / "memory" / name
        groups[name].mkdir(parents=True)
        (groups[name] / "cgroup.procs").write_text(f"{number}\n" if number else "")
        (groups[name] / socket_memory.LIMIT).write_text("9223372036854771712")
        if number:
            (tmp_path / "proc" / number).mkdir(parents=True)
            (tmp_path / "proc" / number / "environ").write_bytes(command)
    return groups, socket_memory.Bounds("ours", tmp_path / "memory", tmp_path / "proc")


def test_each_lab_that_appears_is_bounded_and_nobody_elses_container(machine):
    groups, bounds = machine
    bounds.look()
    assert {name: (group / socket_memory.LIMIT).read_text() for name, group in groups.items()} == {
        "docker/aa": str(socket_memory.SOCKET_MEMORY),
        "system.slice/docker-bb.scope": "9223372036854771712",
        "docker/cc": "9223372036854771712",
    }


def test_one_in_which_nothing_ran_yet_is_looked_at_again(machine, tmp_path):
    groups, bounds = machine
    bounds.look()
    (tmp_path / "proc" / "13").mkdir()
    (tmp_path / "proc" / "13" / "environ").write_bytes(b"VAKA_SITE=ours\0")
    (groups["docker/cc"] / "cgroup.procs").write_text("13\n")
    bounds.look()
    assert (groups["docker/cc"] / socket_memory.LIMIT).read_text() == str(socket_memory.SOCKET_MEMORY)


def test_where_the_accounts_are_of_the_new_kind_nothing_is_needed(tmp_path):
    assert not socket_memory.Bounds("ours", tmp_path).are_needed
