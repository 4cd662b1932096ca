"""Collects the static files under names with a hash of their content, and compresses each of these once."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

from vaka.web.static_files import HASHED


class ManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """WhiteNoise's storage compresses all files at each start of a site, which takes Brotli some seconds."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what is new: a file with a hash in its name never changes, and pages name no other."""
        new = [path for path in paths if re.match(HASHED, path) and not Path(self.path(path) + ".br").exists()]
        yield from super().compress_files(new)
