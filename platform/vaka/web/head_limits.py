"""The largest request head, and the largest trailers. A larger one gets a 431 before anything else sees it."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 << 10  # bytes of a request before its body, and after it; cookies and an address take a few KB
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """HTTP with bounded heads and trailers. The parser itself keeps a line of any length, and any number of them, in memory.

    Trailers are the lines after the last chunk of a body (RFC 9112, section 7.1.2).
    """

    head, in_head = 0, False  # bytes of the current head; whether the parser is in a head
    # Bytes since the last ones of a body; whether this read had some of a body
    trailer, in_message, moved = (0, False, False)

    def on_message_begin(self) -> None:
        self.head, self.in_head = 0, True
        self.trailer, self.in_message, self.moved = 0, True, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_head, self.moved = False, True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.trailer, self.moved = 0, True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.in_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        self.moved = False
        super().data_received(data)
        if self.in_head:
            self.head += len(data)
        elif self.in_message and not self.moved:
            self.trailer += len(data)
        if max(self.head, self.trailer) > LARGEST_HEAD and self.in_message and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()
