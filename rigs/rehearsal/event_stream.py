"""An event stream that is read in the background, as a browser's page does. Its connection can be dropped."""

import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import httpx

from vaka.ops.site_client import SiteClient

AGAIN = 1.0  # seconds before a page connects again
SILENCE = 40.0  # seconds without an event after which a connection counts as dead; the site sends one every 15


class EventStream:
    """Calls ``heard`` with the name and the data of each event, and reconnects like a browser until ``close``."""

    def __init__(self, client: SiteClient, path: str, heard: Callable[[str, str], None]) -> None:
        self._client, self._path, self._heard = client, path, heard
        self._response: httpx.Response | None = None
        self._over = threading.Event()
        self.connected = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Drop the connection, as a pulled cable or a weak radio link does."""
        self.connected.clear()
        if self._response is not None:
            with suppress(OSError):
                line: socket.socket = self._response.extensions["network_stream"].get_extra_info("socket")
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._over.set()
        self.drop()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._over.is_set():
            with suppress(httpx.HTTPError, OSError), self._open() as response:
                self._response = response
                if response.status_code != httpx.codes.OK:
                    return  # the stream is over, or no longer this person's
                name = ""
                for text in response.iter_lines():
                    self.connected.set()
                    if text.startswith("event: "):
                        name = text.removeprefix("event: ")
                    elif text.startswith("data: ") and name:
                        self._heard(name, text.removeprefix("data: "))
            self._over.wait(AGAIN)

    def _open(self) -> AbstractContextManager[httpx.Response]:
        return self._client.http.stream("GET", self._path, timeout=httpx.Timeout(10, read=SILENCE))
