"""Makes the folders that systemd would make for the services of the packages below a root, because no systemd runs in a node.

They are those of the units (RuntimeDirectory and its like) and of tmpfiles.d. A node copies those of /run when it starts.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PARENTS = {"Runtime": "run", "State": "var/lib", "Cache": "var/cache", "Logs": "var/log"}  # systemd.exec(5)
MODE = 0o755


class Folder(NamedTuple):
    path: str  # below the root, without a slash in front
    mode: int
    user: str
    group: str  # "": that of the user


def of_units(root: Path) -> Iterator[Folder]:
    """Yield the folders of all service units. A unit without User is root's."""
    for unit in sorted((root / "usr/lib/systemd/system").glob("*.service")):
        lines = [line.partition("=") for line in unit.read_text(errors="replace").splitlines()]
        settings = {name.strip(): value.strip() for name, _equals, value in lines}
        for kind, parent in PARENTS.items():
            mode = int(settings.get(f"{kind}DirectoryMode", "755"), 8)
            for name in settings.get(f"{kind}Directory", "").split():
                path = f"{parent}/{name.partition(':')[0]}"
                yield Folder(path, mode, settings.get("User", "root"), settings.get("Group", ""))


def of_tmpfiles(root: Path) -> Iterator[Folder]:
    """Yield the folders of tmpfiles.d(5) in the same places."""
    for file in sorted((root / "usr/lib/tmpfiles.d").glob("*.conf")):
        for line in file.read_text(errors="replace").splitlines():
            kind, *words = shlex.split(line, comments=True) or [""]
            path, mode, user, group = (*words, "-", "-", "-", "-")[:4]
            path = path.replace("/var/run/", "/run/").strip("/")
            if kind.rstrip("!+=") in ("d", "D") and path.startswith(tuple(f"{parent}/" for parent in PARENTS.values())):
                owner, its_group = ("root" if name == "-" else name for name in (user, group))
                yield Folder(path, MODE if mode == "-" else int(mode.lstrip("~:"), 8), owner, its_group)


def ids(root: Path, name: str) -> dict[str, tuple[int, int]]:
    """Return the ids in etc/passwd or etc/group by name: its own one, and that of its group."""
    rows = [line.split(":") for line in (root / "etc" / name).read_text().splitlines()]
    return {row[0]: (int(row[2]), int(row[3] if name == "passwd" else row[2])) for row in rows if len(row) > 3}


def make(root: Path) -> None:
    users, groups = ids(root, "passwd"), ids(root, "group")
    for folder in (*of_tmpfiles(root), *of_units(root)):
        if folder.user not in users or (folder.group and folder.group not in groups):
            continue
        path = root / folder.path
        if path.is_symlink() or path.exists():
            continue
        path.mkdir(parents=True)
        user, group = users[folder.user]
        path.chmod(folder.mode)
        os.chown(path, user, groups[folder.group][0] if folder.group else group)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
