"""Delivers files of saved work to their owner through the broker. Where the worker is root, the site cannot read the files.

The site asks with a random key. The worker writes the file in pieces to a list under that key, which expires.
"""

import secrets
import tempfile
import time
from collections.abc import Generator
from typing import IO, cast

from kombu.exceptions import OperationalError
from redis import RedisError

from labs import events
from labs.lifecycle import saves, tasks
from labs.models import Save

# Seconds for the worker: as many as its task may take, because a page that gives up sooner loses a file that still comes
WAITS = float(tasks.DELIVERY_LIMITS["soft_time_limit"])
AGAIN = 0.05
PIECE = 256 * 1024


class NotDelivered(Exception):
    """The file could not be delivered now."""


def read(save: Save) -> Generator[bytes]:
    """Yield the bytes of the saved work. NotDelivered can be raised before the first piece only. Close it to free its file."""
    with tempfile.TemporaryFile() as whole:  # a slow connection delays neither worker nor broker
        _fetch(save, whole)
        whole.seek(0)
        while piece := whole.read(PIECE):
            yield piece


def _fetch(save: Save, whole: IO[bytes]) -> None:
    key = f"vaka:save-delivery:{secrets.token_urlsafe(24)}"
    try:
        if not events.broker_answers():
            raise NotDelivered("The broker does not answer.")
        tasks.deliver_save.apply_async((str(save.pk), key), expires=WAITS)
        until = time.monotonic() + WAITS
        while time.monotonic() < until:
            piece = cast("bytes | None", events.broker().lpop(key))
            if piece is None:
                time.sleep(AGAIN)
            elif piece == saves.END:
                return
            elif piece == saves.MISSING:
                raise NotDelivered("The file is not there any more.")
            else:
                whole.write(piece[1:])
    except (RedisError, OperationalError) as error:
        raise NotDelivered("The broker does not answer.") from error
    raise NotDelivered("The worker did not answer.")
