"""Files of saved work for their owner, by the broker: where the worker is root, the site's own account cannot read them.

The site asks with a key that nobody guesses; the worker puts the file into a list of pieces under it, which is gone a minute later.
"""

import secrets
import tempfile
import time
from collections.abc import Iterator
from typing import IO, cast

from kombu.exceptions import OperationalError
from redis import RedisError

from labs import events
from labs.lifecycle import saves, tasks
from labs.models import Save

WAITS = 20.0  # seconds for the worker
AGAIN = 0.05
PIECE = 256 * 1024


class NotHandedOut(Exception):
    """The file could not be had now."""


def read(save: Save) -> Iterator[bytes]:
    """The saved work in pieces, as it is. Raises NotHandedOut before the first one, or never."""
    with tempfile.TemporaryFile() as whole:  # a slow line holds up neither worker nor broker
        _fetch(save, whole)
        whole.seek(0)
        while piece := whole.read(PIECE):
            yield piece


def _fetch(save: Save, whole: IO[bytes]) -> None:
    key = f"vaka:hand-out:{secrets.token_urlsafe(24)}"
    try:
        if not events.broker_answers():
            raise NotHandedOut("The queue does not answer.")
        tasks.hand_out.apply_async((str(save.pk), key), expires=WAITS)
        until = time.monotonic() + WAITS
        while time.monotonic() < until:
            piece = cast("bytes | None", events.broker().lpop(key))
            if piece is None:
                time.sleep(AGAIN)
            elif piece == saves.END:
                return
            elif piece == saves.MISSING:
                raise NotHandedOut("The file is not there any more.")
            else:
                whole.write(piece[1:])
    except (RedisError, OperationalError) as error:
        raise NotHandedOut("The queue does not answer.") from error
    raise NotHandedOut("The worker did not answer.")
