"""Moves the owners of all files below a folder into the ID range of labs, and removes setuid bits and capabilities."""

import os
import stat
import sys
from pathlib import Path

FIRST_ID = 1_880_000_000  # as labs.supervisor.identity.FIRST_ID; a test compares them


def shift(path: Path) -> None:
    info = path.lstat()
    os.chown(path, info.st_uid + FIRST_ID, info.st_gid + FIRST_ID, follow_symlinks=False)
    if not stat.S_ISLNK(info.st_mode):
        path.chmod(
            stat.S_IMODE(info.st_mode) & ~(stat.S_ISUID | stat.S_ISGID)
            | (info.st_mode & stat.S_ISGID if stat.S_ISDIR(info.st_mode) else 0)
        )


root = Path(sys.argv[1])
for folder, folders, files in os.walk(root):
    shift(Path(folder))
    for name in files + [name for name in folders if (Path(folder) / name).is_symlink()]:
        shift(Path(folder) / name)
