"""A zip that is sent while it is made, so that memory holds one piece of it at a time."""

import zipfile
from collections.abc import Generator, Iterable
from contextlib import closing

from zipstream import ZipStream

type Content = Iterable[bytes]


def streamed(files: Generator[tuple[str, Content]]) -> Generator[bytes]:
    """Yield the zip of (name, content in pieces), piece by piece. At its end, and if it is closed, it closes ``files``."""
    archive = ZipStream(compress_type=zipfile.ZIP_DEFLATED)
    with closing(files):
        for name, content in files:
            archive.add(content, name)
            yield from archive.all_files()
    yield from archive.finalize()
