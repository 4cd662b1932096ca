"""The lock of a state folder. Only one site, or one restore, uses the folder at a time."""

import fcntl
import os
from pathlib import Path
from typing import IO

from vaka.ops.errors import CannotStart


def take(state: Path) -> IO[str]:
    """Lock the state folder. Two sites with one database would remove each other's labs."""
    try:
        (state / "log").mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(os.open(state / "log" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except PermissionError:
        raise CannotStart(
            f"{state} belongs to another user. Start the site as that user, or set VAKA_STATE to a folder of your own."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:
            holder = lock.read().strip()
        raise CannotStart(
            f"This site is running already (process {holder}, state folder {state}). Stop it first."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
