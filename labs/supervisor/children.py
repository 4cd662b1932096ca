"""Wait for child processes without blocking the event loop, and ask one to end.

The init of a node ends only when every process of the node has been waited for. Some of these (shells, start scripts) are children
of the supervisor, so waiting for an init must let the event loop run.
"""

import asyncio
import os
import signal


async def exit_status(pid: int) -> int:
    """Wait for a child and reap it. Returns its exit status, negative for a signal."""
    await ended(pid)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


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
