"""The files that BIRD has read, with a hostile program in BIRD's place."""

import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labs.supervisor import bird_files_as_read
from labs.supervisor.bird_files_as_read import BirdFiles, files_now


@pytest.fixture
def bird(node):
    """The folder of BIRD's files in a node, with one file."""
    folder = node.path / "etc/bird"
    folder.mkdir(parents=True)
    (node.path / "run/bird").mkdir(parents=True)
    (folder / "bird.conf").write_bytes(b"router id 192.0.2.1;")
    return folder


@asynccontextmanager
async def answering(node, status):
    """A BIRD that answers STATUS to ``show status``."""

    async def talk(reader, writer):
        writer.write(b"0001 BIRD 2 ready.\n")
        while line := await reader.readline():
            writer.write(b"0016 Access restricted\n" if line == b"restrict\n" else status)
        writer.close()

    path = node.path / "run/bird/bird.ctl"
    path.unlink(missing_ok=True)
    async with await asyncio.start_unix_server(talk, str(path)):
        yield


def reconfigured(moment):
    return b"1000-BIRD 2\n Last reconfiguration on " + moment + b"\n0013 Daemon is up and running\n"


def at(seconds):
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S.%f}"[:-3].encode()


def read(node, *statuses, known=None):
    """The files after each of these answers of BIRD."""

    async def all_of():
        files, found = BirdFiles(), []
        for status in statuses:
            if callable(status):
                status()
                continue
            async with answering(node, status):
                found.append(await files.as_read(node, known))
        return found

    return asyncio.run(all_of())


def test_files_unchanged_since_bird_read_them_are_its_running_configuration(node, bird):
    assert read(node, reconfigured(at(5))) == [{"etc/bird/bird.conf": b"router id 192.0.2.1;"}]


def test_files_changed_since_bird_read_them_are_unknown(node, bird):
    assert read(node, reconfigured(at(-60))) == [None]


def test_files_read_earlier_are_remembered_after_an_edit(node, bird):
    moment = reconfigured(at(1))
    edit = lambda: (bird / "bird.conf").write_bytes(b"nonsense")  # noqa: E731
    first, second = read(node, moment, edit, moment)
    assert first == second == {"etc/bird/bird.conf": b"router id 192.0.2.1;"}


def test_files_given_to_bird_are_known_without_reading_them(node, bird):
    assert read(node, reconfigured(at(-60)), known={"etc/bird/bird.conf": b"given"}) == [
        {"etc/bird/bird.conf": b"given"}
    ]


@pytest.mark.parametrize(
    "moment", [b"2026-13-45 99:99:99", b"99999-01-01 00:00:00", b"0-00-00 00:00:00", "٢٠٢٦-٠١-٠١ ٠٠:٠٠:٠٠".encode()]
)
def test_an_invalid_date_leaves_the_files_unknown(node, bird, moment):
    assert read(node, reconfigured(moment)) == [None]


@pytest.mark.parametrize("status", [b"0013 Daemon is up and running\n", b"9001 syntax error\n", b"\xff\xfe\n", b""])
def test_an_answer_without_a_date_gives_no_files(node, bird, monkeypatch, status):
    monkeypatch.setattr(bird_files_as_read, "SECONDS", 0.1)
    assert read(node, status) == [{}]


def test_without_a_bird_there_are_no_files(node, bird):
    assert asyncio.run(BirdFiles().as_read(node)) == {}


def test_folders_pipes_links_and_large_files_are_skipped(node, bird, tmp_path, monkeypatch):
    monkeypatch.setattr(bird_files_as_read, "LARGEST", 30)
    (tmp_path / "secret").write_text("secret")
    (bird / "conf.d").mkdir()
    (bird / "link").symlink_to(tmp_path / "secret")
    (bird / "large").write_bytes(bytes(31))
    os.mkfifo(bird / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    files = files_now(node)
    assert list(files) == ["etc/bird/bird.conf"]
    assert files["etc/bird/bird.conf"][1] == b"router id 192.0.2.1;"
    assert abs(files["etc/bird/bird.conf"][0] - time.time()) < 60
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_no_more_files_are_read_than_we_keep(node, bird):
    for number in range(bird_files_as_read.MOST + 20):
        (bird / f"f{number}").write_text("")
    assert len(files_now(node)) == bird_files_as_read.MOST


def test_a_reset_node_has_no_remembered_files(node, bird):
    async def forgetting():
        files = BirdFiles()
        moment = reconfigured(at(1))
        async with answering(node, moment):
            await files.as_read(node)
        (bird / "bird.conf").write_bytes(b"edited")
        os.utime(bird / "bird.conf")
        files.forget("h1")
        async with answering(node, reconfigured(at(-60))):
            return await files.as_read(node)

    assert asyncio.run(forgetting()) is None


def test_many_keys_within_a_second_cause_one_reading(node, bird, monkeypatch):
    monkeypatch.setattr(bird_files_as_read, "SOON", 0.01)

    async def typing():
        files, asked = BirdFiles(), []

        async def count(space, known=None):
            asked.append(space.name)

        monkeypatch.setattr(files, "as_read", count)
        for _ in range(50):
            files.soon(node)
        await asyncio.sleep(0.05)
        files.soon(node)
        await asyncio.sleep(0.05)
        return asked

    assert asyncio.run(typing()) == ["h1", "h1"]


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        ({"kind": "bird", "learner": True}, True),
        ({"kind": "bird", "learner": False}, False),
        ({"kind": "frr", "learner": True}, False),
        ({}, False),
    ],
)
def test_only_the_files_of_a_bird_that_the_learner_may_edit_are_kept(spec, kept):
    assert bird_files_as_read.are_kept(spec) is kept
