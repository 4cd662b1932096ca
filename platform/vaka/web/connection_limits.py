"""The limits of connections: the bytes of heads and trailers, the time for a head, and how many may owe a part of a request.

A larger head gets a 431. A connection ends if its head does not come in time, or if it has owed a part the longest when there are
too many. It also ends if its client takes nothing of a response for minutes. The size of a body and the time for it are limited
in ``vaka.web.body_limits``, the event streams of a user in ``labs.pages.event_stream``.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 << 10  # bytes of a request before its body, and after it; cookies and an address take a few KB
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedConnection(HttpToolsProtocol):
    """HTTP with bounded heads and trailers. The parser itself keeps a line of any length, and any number of them, in memory.

    Trailers are the lines after the last chunk of a body (RFC 9112, section 7.1.2).

    uvicorn waits for the first request without a time limit, and each connection takes a file descriptor. Here a connection that
    owes a head is closed after ``head_seconds``. If ``most_owing`` connections owe a part of a request, a head or a body, the one
    that has owed it longest is closed for a new one. ``vaka.web.body_limits`` answers those whose body does not come.

    uvicorn also waits without a time limit for a client that does not read its response, and whatever the response holds stays:
    memory, a file, a lock. Here such a connection is closed after ``stalled_seconds``, or twice as many.
    """

    # From the connection, or from the first byte of a further request, to the end of its head; vaka.ops.serve applies the pace
    head_seconds: ClassVar[float] = 10
    most_owing: ClassVar[int] = 2000  # vaka.ops.serve lowers it where the process may open few files
    # For a client that takes nothing. It is the client's line that is slow: no pace of ours. The kernel says that there is room
    # again when a third of its buffer is free, which can be 1.3 MB: 85 seconds at 16 KB/s
    stalled_seconds: ClassVar[float] = 300
    # The oldest first, each with what closes it if it owes a head
    owing: ClassVar[dict["BoundedConnection", asyncio.TimerHandle | None]] = {}

    head, in_head = 0, False  # bytes of the current head; whether the parser is in a head
    # Bytes since the last ones of a body; whether this read had some of a body
    trailer, in_message, moved = (0, False, False)
    waits = False  # at the last look, and since then: bytes of a response wait for the client to take others

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.expect_head()
        self.next_look = self.loop.call_later(self.stalled_seconds, self.end_if_stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        self.expect_nothing()
        self.next_look.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self.waits = False
        super().resume_writing()

    def end_if_stalled(self) -> None:
        """Close the connection if bytes have waited since the last look. One that is being closed waits for its last bytes only."""
        if self.waits:
            self.give_up()
            return
        self.waits = self.flow.write_paused or self.transport.is_closing()
        self.next_look = self.loop.call_later(self.stalled_seconds, self.end_if_stalled)

    def expect_head(self) -> None:
        self.expect(self.loop.call_later(self.head_seconds, self.give_up))

    def expect(self, timer: asyncio.TimerHandle | None) -> None:
        self.expect_nothing()
        if len(self.owing) >= self.most_owing:
            next(iter(self.owing)).give_up()
        self.owing[self] = timer

    def expect_nothing(self) -> None:
        if timer := self.owing.pop(self, None):
            timer.cancel()

    def give_up(self) -> None:
        """Close the connection at once. ``close`` would wait for a client that does not read."""
        self.expect_nothing()
        self.transport.abort()

    def on_message_begin(self) -> None:
        self.head, self.in_head = 0, True
        self.trailer, self.in_message, self.moved = 0, True, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_head, self.moved = False, True
        self.expect(None)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.trailer, self.moved = 0, True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.in_message = False
        if self.cycle is not None and self.cycle.response_complete:  # the response did not wait for the end of its body
            self.expect_head()
        else:
            self.expect_nothing()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        self.moved = False
        if self.timeout_keep_alive_task is not None:  # the first bytes after a response end uvicorn's own time limit
            self.expect_head()
        super().data_received(data)
        if self.in_head:
            self.head += len(data)
        elif self.in_message and not self.moved:
            self.trailer += len(data)
        if max(self.head, self.trailer) > LARGEST_HEAD and self.in_message and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()
