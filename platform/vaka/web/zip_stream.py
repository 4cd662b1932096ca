"""A zip archive that is sent while it is made. Only one piece of it is in memory at a time."""

import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase

type Content = Iterable[bytes]
LARGEST = 64 * 1024  # bytes that are collected before they are sent


class _Outlet(RawIOBase):
    """The file that zipfile writes to. It can be neither read nor sought."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # zipfile passes bytes or a memoryview
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
