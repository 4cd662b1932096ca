"""Wait for child processes without blocking the event loop.

The init of a node ends only when every process of the node has been waited for. Some of these (shells, start scripts) are children
of the supervisor, so waiting for an init must let the event loop run.
"""

import asyncio
import os


async def exit_status(pid: int) -> int:
    """Wait for a child and reap it. Returns its exit status, negative for a signal."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(handle, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
