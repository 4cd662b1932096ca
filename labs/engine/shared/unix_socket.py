"""Connects to a Unix socket also while its program is too busy to accept.

While the queue of the listening socket is full, a connect that does not block fails with EAGAIN (unix(7), connect(2)). Python gives
that error back where a socket has a time limit. asyncio takes it for a connection that is being made, as TCP makes it, and hands
out a socket that is not connected: its first use fails with ENOTCONN. So we try again.

The lab image contains a copy of this module, so it uses the standard library only.
"""

import asyncio
import socket
import time

EVERY = 0.02  # seconds between two tries


def connect(address: str, *, seconds: float) -> socket.socket:
    """Return a connected socket with this time limit. Raises OSError if nobody listens, or nobody accepts within the limit."""
    until = time.monotonic() + seconds
    made = _made(seconds)
    try:
        while not _is_connected(made, address):
            if time.monotonic() > until:
                raise TimeoutError(f"{address} accepts no connection.")
            time.sleep(EVERY)
    except BaseException:
        made.close()
        raise
    return made


async def connect_async(address: str) -> socket.socket:
    """Return a connected socket that does not block. Raises OSError if nobody listens. The caller limits the time."""
    made = _made(0)
    try:
        while not _is_connected(made, address):
            await asyncio.sleep(EVERY)
    except BaseException:
        made.close()
        raise
    return made


def _made(seconds: float) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(seconds)
    return made


def _is_connected(made: socket.socket, address: str) -> bool:
    try:
        made.connect(address)
    except BlockingIOError:
        return False
    return True
