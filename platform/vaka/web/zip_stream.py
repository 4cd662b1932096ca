"""A zip that is sent while it is made: no more of it is in memory than one piece."""

import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase

type Content = Iterable[bytes]
LARGEST = 64 * 1024  # bytes of what is gathered before it is sent


class _Outlet(RawIOBase):
    """What zipfile writes to: it cannot be read, and nobody goes back in it."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # whatever zipfile has: bytes, or a view of them
        self.waiting += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


def streamed(files: Iterable[tuple[str, Content]]) -> Iterator[bytes]:
    """Yield the zip of (name, content in pieces), piece by piece."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in files:
            with whole.open(name, "w", force_zip64=True) as file:
                for piece in content:
                    file.write(piece)
                    if len(outlet.waiting) >= LARGEST:
                        yield outlet.take()
            yield outlet.take()
    yield outlet.take()
