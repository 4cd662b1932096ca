"""Work in child processes, and wait for them without blocking the event loop.

The supervisor has one thread. While another one waits to run Python, the interpreter is about to hand over to it, and a child that
is forked at this moment waits for that thread for ever: it has only the one that forked. So what the kernel may let wait for
seconds is done in a child.

The init of a node ends only when every process of the node has been waited for. Some of these (shells, start scripts) are children
of the supervisor, so waiting for an init must let the event loop run.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import traceback
from collections.abc import Callable
from typing import Any

from labs.supervisor import syscalls

READ = 65_536  # bytes at once


class Spent:
    """The seconds of CPU of the children of ``in_a_child`` that have ended."""

    seconds = 0.0


class ChildFailed(OSError):
    """The work of a child failed. Its traceback is in the log of the lab."""


async def in_a_child(work: Callable[[], Any]) -> Any:
    """Do WORK in a child, and return what it returned, as far as JSON can tell it. Raises ChildFailed."""
    ours, theirs = os.pipe()
    try:
        child = syscalls.fork()
        if child == 0:
            _work(work, theirs)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    try:
        told = await _all_of(ours)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(ours)
        status, seconds = await _reaped(child)
        Spent.seconds += seconds
    if status:
        raise ChildFailed(f"A child of the supervisor ended with status {status}.")
    return json.loads(told)


def _work(work: Callable[[], Any], result: int) -> None:
    """Do the child's part, and end. No handler of the event loop, which is the parent's, runs here."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        with open(result, "wb") as file:
            file.write(json.dumps(work()).encode())
        status = 0
    except BaseException:  # whatever it was, the child ends here
        traceback.print_exc()
    finally:
        os._exit(status)


async def _all_of(descriptor: int) -> bytes:
    """Read a pipe up to its end."""
    os.set_blocking(descriptor, False)
    loop, read, ended = asyncio.get_running_loop(), bytearray(), asyncio.Event()

    def more() -> None:
        received = os.read(descriptor, READ)
        read.extend(received)
        if not received:
            ended.set()

    loop.add_reader(descriptor, more)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
    return bytes(read)


def own_cpu() -> int:
    """The nanoseconds of CPU of the supervisor itself, with what it has done in children. No program of a node is among these."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(1e9 * (used.ru_utime + used.ru_stime + Spent.seconds))


async def exit_status(pid: int) -> int:
    """Wait for a child and reap it. Returns its exit status, negative for a signal."""
    status, _ = await _reaped(pid)
    return status


async def _reaped(pid: int) -> tuple[int, float]:
    """Wait for a child and reap it. Returns its exit status, and the seconds of CPU that it used."""
    await ended(pid)
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


async def ended(pid: int) -> None:
    """Wait until a child has ended, and leave it to be reaped, so that no other process gets its number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(handle, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def hand_on_the_end(child: int) -> None:
    """From now on, ask a child to end when somebody asks us to (SIGTERM)."""
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(child, number))
