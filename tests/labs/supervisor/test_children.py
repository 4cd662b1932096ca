"""Waiting for child processes in parallel."""

import asyncio
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from labs import supervisor
from labs.supervisor import children
from labs.supervisor.children import ChildFailed, exit_status, in_a_child


def child(command):
    process = subprocess.Popen(["sh", "-c", command])
    process.returncode = 0  # reaped by exit_status
    return process.pid


@pytest.mark.parametrize(("command", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", -9)])
def test_the_exit_status_of_a_child_is_returned_and_the_child_is_reaped(command, status):
    pid = child(command)
    assert asyncio.run(exit_status(pid)) == status
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_child_that_has_already_ended_is_reaped_too():
    pid = child("exit 5")
    time.sleep(0.05)
    assert asyncio.run(exit_status(pid)) == 5


def test_other_tasks_run_while_a_child_runs():
    async def all_of():
        slow, quick = child("sleep 0.2; exit 1"), child("exit 2")
        ended = []

        async def wait(pid):
            ended.append(await exit_status(pid))

        await asyncio.gather(wait(slow), wait(quick))
        return ended

    assert asyncio.run(all_of()) == [2, 1]


def test_a_child_works_and_its_result_is_returned():
    assert asyncio.run(in_a_child(lambda: {"held": 7, "of": os.getppid()})) == {"held": 7, "of": os.getpid()}


def test_the_cpu_of_a_child_is_own_cpu_and_that_of_other_children_is_not():
    def works(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    before = children.own_cpu()
    asyncio.run(in_a_child(lambda: works(0.2)))
    own = children.own_cpu() - before
    assert 0.2e9 <= own < 0.3e9
    asyncio.run(exit_status(child("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done")))
    assert children.own_cpu() - before - own < 0.05e9


def test_a_result_may_be_larger_than_a_pipe():
    assert asyncio.run(in_a_child(lambda: "x" * 300_000)) == "x" * 300_000


def test_a_child_that_fails_says_why_in_the_log_and_raises_here(capfd):
    with pytest.raises(ChildFailed, match="ended with status 1"):
        asyncio.run(in_a_child(lambda: 1 // 0))
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_other_tasks_run_while_a_child_works():
    reader, writer = os.pipe()

    async def both():
        works = asyncio.create_task(in_a_child(lambda: os.read(reader, 1).decode()))
        await asyncio.sleep(0.05)
        os.write(writer, b"x")  # only now the child can end
        return await works

    assert asyncio.run(both()) == "x"
    os.close(reader)
    os.close(writer)


def test_a_child_of_which_nothing_is_wanted_any_more_is_ended_and_reaped(monkeypatch):
    ended, kill = [], os.kill

    def recorded(pid, number):
        ended.append(pid)
        kill(pid, number)

    async def given_up():
        before = set(Path("/proc/self/fd").iterdir())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_a_child(lambda: time.sleep(600)), 0.1)
        return before == set(Path("/proc/self/fd").iterdir())

    monkeypatch.setattr(children.os, "kill", recorded)
    assert asyncio.run(given_up())
    [child] = ended
    with pytest.raises(ProcessLookupError):
        kill(child, 0)


def test_the_supervisor_starts_no_thread():
    """A shell that was opened while one waited to run Python never came: a slow machine showed it, in a terminal of r3."""
    files = sorted(Path(supervisor.__file__).parent.glob("*.py"))
    assert files
    words = re.compile(r"to_thread|run_in_executor|import threading|ThreadPool|getaddrinfo")
    assert [(file.name, found) for file in files for found in words.findall(file.read_text())] == []
