"""The memory of TCP and UDP sockets is limited in the container's own control group, wherever the engine puts it."""

import pytest

from labs.engine.runtime import socket_memory


@pytest.mark.parametrize("place", ["docker/{}", "system.slice/docker-{}.scope"])
def test_the_sockets_of_a_container_get_a_limit(tmp_path, monkeypatch, place):
    monkeypatch.setattr(socket_memory, "MEMORY", tmp_path)
    group = tmp_path / place.format("abc")
    group.mkdir(parents=True)
    assert socket_memory.limit_sockets("abc")
    assert (group / "memory.kmem.tcp.limit_in_bytes").read_text() == str(32 << 20)


def test_with_cgroup_v2_there_is_nothing_to_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(socket_memory, "MEMORY", tmp_path / "not there")
    assert not socket_memory.limit_sockets("abc")


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
    return groups, socket_memory.SocketMemoryGuard("ours", tmp_path / "memory", tmp_path / "proc")


def test_each_new_lab_of_the_site_is_limited_and_no_other_container(machine):
    groups, guard = machine
    guard.limit_new()
    assert {name: (group / socket_memory.LIMIT).read_text() for name, group in groups.items()} == {
        "docker/aa": str(socket_memory.SOCKET_MEMORY),
        "system.slice/docker-bb.scope": "9223372036854771712",
        "docker/cc": "9223372036854771712",
    }


def test_a_container_in_which_nothing_runs_yet_is_read_again(machine, tmp_path):
    groups, guard = machine
    guard.limit_new()
    (tmp_path / "proc" / "13").mkdir()
    (tmp_path / "proc" / "13" / "environ").write_bytes(b"VAKA_SITE=ours\0")
    (groups["docker/cc"] / "cgroup.procs").write_text("13\n")
    guard.limit_new()
    assert (groups["docker/cc"] / socket_memory.LIMIT).read_text() == str(socket_memory.SOCKET_MEMORY)


def test_a_lab_that_starts_very_slowly_is_limited_too(machine, tmp_path):
    groups, guard = machine
    for _ in range(socket_memory.OFTEN + 5):
        guard.limit_new()
    (groups["docker/cc"] / "cgroup.procs").write_text("11\n")
    for _ in range(socket_memory.RARELY):
        guard.limit_new()
    assert (groups["docker/cc"] / socket_memory.LIMIT).read_text() == str(socket_memory.SOCKET_MEMORY)


def test_a_container_that_is_limited_is_left_alone_and_a_new_one_of_its_name_is_limited_again(machine):
    groups, guard = machine
    guard.limit_new()
    (groups["docker/aa"] / socket_memory.LIMIT).write_text("its own")
    guard.limit_new()
    assert (groups["docker/aa"] / socket_memory.LIMIT).read_text() == "its own"
    moved = groups["docker/aa"].rename(groups["docker/aa"].with_name("gone"))
    guard.limit_new()
    moved.rename(groups["docker/aa"])
    guard.limit_new()
    assert (groups["docker/aa"] / socket_memory.LIMIT).read_text() == str(socket_memory.SOCKET_MEMORY)


def test_no_guard_is_needed_with_cgroup_v2(tmp_path):
    assert not socket_memory.SocketMemoryGuard("ours", tmp_path).is_needed
