"""The free space of the disks of a site: of the state folder, and of other disks to which its folders lead.

``labs.lifecycle.usage`` says when it is measured, and keeps the measurements.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    path: str
    free: int  # bytes
    total: int

    @property
    def is_nearly_full(self) -> bool:
        return self.free < max(self.total * 0.05, 2e9)

    @property
    def gigabytes_free(self) -> float:
        return self.free / 1e9


def state_folders() -> Iterator[Path]:
    """Yield the state folder, and those in it that grow: each may be on another disk."""
    state = Path(settings.STATE_DIR)
    yield state
    yield from (state / name for name in ("database", "saves", "captures", "media", "labs", "log"))


def measured(*folders: Path) -> Iterator[Disk]:
    """Yield each disk once. The engine's folder may be on another machine, or in a namespace that this process does not see."""
    seen = set()
    for folder in folders:
        with suppress(OSError):
            if (device := folder.stat().st_dev) not in seen:
                seen.add(device)
                there = shutil.disk_usage(folder)
                yield Disk(path=str(folder), free=there.free, total=there.total)
