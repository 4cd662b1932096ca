"""The files of a node as records, and restored from them."""

import asyncio
import os
import socket
import stat
import zlib

import pytest

from labs.supervisor.node_files import FOLDER
from labs.supervisor.saved_work import saving
from labs.supervisor.saved_work.restoring import Work
from labs.supervisor.saved_work.save_format import record, records
from labs.supervisor.saved_work.saving import FileRecords


def saved(folder, most=saving.FILES_LARGEST):
    """The records of a folder, and the object that made them."""

    async def all_of(files):
        return b"".join([made async for made in files.records()])

    handle = os.open(folder, FOLDER)
    try:
        files = FileRecords("h1", handle, most)
        return asyncio.run(all_of(files)), files
    finally:
        os.close(handle)


def heads(packed):
    return {head["path"]: (head["kind"], content) for head, content in records(zlib.compress(packed), 10_000)}


def test_each_kind_of_file_but_a_socket_is_a_record(tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv/a").write_bytes(b"\0\xff")
    (tmp_path / "srv/link").symlink_to("/etc/shadow")
    os.mkfifo(tmp_path / "srv/pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "srv/socket"))
        packed, files = saved(tmp_path)
    assert heads(packed) == {
        "srv": ("folder", b""),
        "srv/a": ("file", b"\0\xff"),
        "srv/link": ("link", b"/etc/shadow"),
        "srv/pipe": ("pipe", b""),
    }
    assert (files.left_out, files.whole) == ([], True)


def test_large_files_are_left_out_and_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "FILE_LARGEST", 100)
    monkeypatch.setattr(saving, "TMP_LARGEST", 10)
    (tmp_path / "tmp").mkdir()
    for name, size in (("tmp/small", 10), ("tmp/large", 11), ("huge", 101), ("a", 100), ("b", 100), ("c", 100)):
        (tmp_path / name).write_bytes(bytes(size))
    packed, files = saved(tmp_path)
    assert set(files.left_out) == {"tmp/large", "huge"}
    assert set(heads(packed)) == {"tmp", "tmp/small", "a", "b", "c"}
    assert files.whole
    _, files = saved(tmp_path, most=len(packed) - 1)
    assert len(set(files.left_out) - {"tmp/large", "huge"}) == 1  # the node's bound


def test_names_count_as_files_do(tmp_path):
    for number in range(10):
        (tmp_path / f"{number}{'n' * 200}").write_text("")
    packed, files = saved(tmp_path, most=1000)
    assert 0 < len(heads(packed)) < 5
    assert len(heads(packed)) + len(files.left_out) == 10


@pytest.mark.parametrize("nodes", [12, 40])
def test_no_node_takes_the_room_of_the_others(nodes):
    room = saving.FileRoom(nodes)
    least = min(saving.NODE_LEAST, saving.FILES_LARGEST // nodes)
    for _following in range(nodes):
        share = room.of_next_node()
        assert share >= least
        room.left -= share
    assert room.left >= 0


def test_a_single_node_may_take_all_the_room():
    assert saving.FileRoom(1).of_next_node() == saving.FILES_LARGEST


def test_a_large_part_of_a_state_is_left_out():
    state = {**saving.NO_STATE, "network": {"routes": ["2001:db8::/32 dev eth0"] * 20_000}, "frr": "hostname r1\n"}
    assert saving.large_parts(state) == ["network"]


def test_temporary_folders_are_not_saved(tmp_path):
    for name in ("run/a", "var/log/a", "proc/a", "etc/a"):
        (tmp_path / name).mkdir(parents=True)
    assert sorted(heads(saved(tmp_path)[0])) == ["etc", "etc/a", "var"]


def test_a_save_with_missing_names_is_marked_as_incomplete(tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "MOST_NAMES", 5)
    for number in range(6):
        (tmp_path / f"f{number}").write_text("")
    packed, files = saved(tmp_path)
    assert len(heads(packed)) == 5
    assert not files.whole
    assert files.left_out == ["more than 5 files, or folders deeper than 24"]


def test_the_list_of_names_left_out_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "FILE_LARGEST", 0)
    for number in range(saving.MOST_LEFT + 20):
        (tmp_path / f"f{number}").write_text("x")
    _, files = saved(tmp_path)
    assert len(files.left_out) == saving.MOST_LEFT + 1
    assert not files.whole


def test_names_with_unusual_bytes_are_restored(tmp_path, folders):
    source = tmp_path / "source"
    source.mkdir()
    odd = [b"new\nline", b"\xff\xfe", "é".encode(), b"'; rm -rf *", b"\x1b[2J"]
    for name in odd:
        (source / os.fsdecode(name)).write_bytes(name)
    packed, _ = saved(source)
    network = folders("h1")
    save = zlib.compress(
        record({"kind": "save", "format": 1}) + packed + record({"kind": "state", "node": "h1"}, b"{}")
    )
    work = Work(save, network)
    work.write_files(network)
    assert work.trouble == []
    there = network.space("h1").path
    assert {os.fsencode(path.name): path.read_bytes() for path in there.iterdir()} == {name: name for name in odd}


def test_a_tree_is_restored_with_its_modes_and_times(tmp_path, folders):
    source = tmp_path / "source"
    (source / "srv/deep").mkdir(parents=True)
    (source / "srv/deep").chmod(0o2750)
    (source / "srv/deep/run").write_bytes(b"#!/bin/sh\n")
    (source / "srv/deep/run").chmod(0o4755)
    os.utime(source / "srv/deep/run", ns=(1, 1_600_000_000_123_456_789))
    packed, _ = saved(source)
    network = folders("h1")
    save = zlib.compress(
        record({"kind": "save", "format": 1}) + packed + record({"kind": "state", "node": "h1"}, b"{}")
    )
    Work(save, network).write_files(network)
    there = network.space("h1").path / "srv/deep"
    assert stat.S_IMODE(there.stat().st_mode) == 0o2750
    assert stat.S_IMODE((there / "run").stat().st_mode) == 0o4755
    assert (there / "run").stat().st_mtime_ns == 1_600_000_000_123_456_789


@pytest.mark.parametrize(
    ("printed", "down"),
    [
        (
            "cold       Static     master6    down   10:00:00\nwarm       Static     master6    up     10:00:00",
            ["cold"],
        ),
        ("device1    Device     ---        up     10:00:00  ", []),
        ("", []),
    ],
)
def test_disabled_protocols_of_bird_are_recognised(printed, down):
    assert saving.DOWN.findall(printed) == down
