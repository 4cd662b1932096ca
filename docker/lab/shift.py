"""Moves the owners of all files below a folder into the ID range of labs, and removes setuid bits and capabilities.

What is moved already stays as it is: changing a file of the lab image would copy it into the layer of a flavour.
"""

import os
import stat
import sys
from pathlib import Path

FIRST_ID = 1_880_000_000  # as labs.supervisor.identity.FIRST_ID; a test compares them


def shift(path: Path) -> None:
    before = path.lstat()
    owner, group = (number if number >= FIRST_ID else number + FIRST_ID for number in (before.st_uid, before.st_gid))
    if (owner, group) != (before.st_uid, before.st_gid):
        os.chown(path, owner, group, follow_symlinks=False)
    if stat.S_ISLNK(before.st_mode):
        return
    forbidden = stat.S_ISUID | (0 if stat.S_ISDIR(before.st_mode) else stat.S_ISGID)
    mode = stat.S_IMODE(before.st_mode) & ~forbidden
    if mode != stat.S_IMODE(path.lstat().st_mode):  # a change of the owner may have removed a bit
        path.chmod(mode)
    if "security.capability" in os.listxattr(path):
        os.removexattr(path, "security.capability")


root = Path(sys.argv[1])
for folder, folders, files in os.walk(root):
    shift(Path(folder))
    for name in files + [name for name in folders if (Path(folder) / name).is_symlink()]:
        shift(Path(folder) / name)
