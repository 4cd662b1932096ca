"""The version of a lab: a hash of its folder. ``labs.registry`` keeps the versions of a site."""

import hashlib
import stat
from pathlib import Path

from labs.engine.authoring import trainer_and_handout


def version_of(folder: Path) -> str:
    """Hash all files of the folder, with their names and whether they are executable. Files for the room do not count."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if (
            path.is_file()
            and not path.is_symlink()
            and path.relative_to(folder).as_posix() not in trainer_and_handout.FILES
        ):
            mode = "x" if path.stat().st_mode & stat.S_IXUSR else "-"
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{mode}{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
