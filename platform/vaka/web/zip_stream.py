"""A zip that is sent while it is made, so that memory holds one piece of it at a time."""

import zipfile
from collections.abc import Iterable, Iterator

from zipstream import ZipStream

type Content = Iterable[bytes]


def streamed(files: Iterable[tuple[str, Content]]) -> Iterator[bytes]:
    """Yield the zip of (name, content in pieces), piece by piece."""
    archive = ZipStream(compress_type=zipfile.ZIP_DEFLATED)
    for name, content in files:
        archive.add(content, name)
        yield from archive.all_files()
    yield from archive.finalize()
