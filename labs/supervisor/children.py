"""Waiting for child processes without standing still.

A node's init ends only when every process of the node has been waited for, and some of them (shells, start scripts) are our own
children: whoever waits for an init must let the loop run.
"""

import asyncio
import os


async def exit_status(pid: int) -> int:
    """Wait for a child and reap it; its exit status, negative for a signal."""
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
