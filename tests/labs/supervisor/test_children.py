"""Waiting for child processes in parallel."""

import asyncio
import os
import subprocess
import time

import pytest

from labs.supervisor.children import exit_status


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
