"""The data export as the body of a response. A person has one open at a time, and must take it at a least rate.

An open export holds a thread, and may hold a file of 20 MB (``labs.lifecycle.save_delivery``). All of that goes when the response
is closed: at its end, when the client disconnects or is too slow, and when the server closes the connection of a client that
takes nothing (``vaka.web.connection_limits``).
"""

import time
from collections.abc import AsyncIterator, Generator
from contextlib import closing

from django.core.cache import cache
from django.core.exceptions import RequestAborted

from vaka.accounts.models import User
from vaka.home import account_export
from vaka.web.cache_lock import CacheLock

# Seconds from one chunk to the next: more than the server gives a client that takes nothing. After a crash of one of several site
# processes that share a cache, the person waits as long
LOCKED = 15 * 60
# Bytes a second that the client must take on average: a quarter of a thin link. A save of 20 MB may take 85 minutes
SLOWEST = 4 << 10
PATIENCE = 300.0  # seconds by which the client may be late, for example because its link was away


def is_open(person: User) -> bool:
    return cache.get(_key(person)) is not None


class OpenExport:
    """The chunks of an export, for a StreamingHttpResponse. It holds nothing before the first chunk is read, or after ``close``."""

    def __init__(self, person: User) -> None:
        self._chunks = _locked_chunks(person)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the chunks. Raises RequestAborted if the person has another export open, or takes this one too slowly.

        Then the response breaks off without its end, so that no browser takes a part for the whole.
        """
        credit = PATIENCE
        async for chunk in account_export.as_async(self._chunks):
            began = time.monotonic()
            yield chunk
            credit = min(PATIENCE, credit + len(chunk) / SLOWEST - (time.monotonic() - began))
            if credit < 0:
                raise RequestAborted("The client takes its data export too slowly.")

    def close(self) -> None:
        """End the export. Django calls this with the response, in the thread that makes the chunks."""
        self._chunks.close()


def _locked_chunks(person: User) -> Generator[bytes]:
    lock = CacheLock(_key(person), LOCKED)
    if not lock.take():
        raise RequestAborted("The person has another data export open.")
    try:
        with closing(account_export.export_chunks(person)) as chunks:
            for chunk in chunks:
                lock.prolong()
                yield chunk
    finally:
        lock.release()


def _key(person: User) -> str:
    return f"home:export:{person.pk}"
