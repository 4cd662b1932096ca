"""Makes a clone in a closed folder visible to the site's unprivileged processes, and nothing else of that folder.

The account ``vaka`` cannot enter a clone below /root, or in a folder with mode 0700. ``manage.py up`` then enters a mount
namespace of its own, which its processes inherit. There, a small empty tmpfs covers the topmost closed folder, and the
paths that the site needs are bind-mounted into it at their old places. The host's own mounts do not change.
"""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vaka.ops import syscalls
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Account

# A cover over one of these would hide sockets, programs or devices from the processes.
NEVER = frozenset(Path("/", name) for name in ("", "run", "var", "var/lib", "tmp", "usr", "etc", "dev", "proc", "sys"))


@dataclass(frozen=True, slots=True)
class Cover:
    """A closed folder, and the paths below it that stay visible."""

    folder: Path
    keep: tuple[Path, ...]


def may_enter(folder: os.stat_result, uid: int, gids: tuple[int, ...]) -> bool:
    """Return whether an account with these groups may enter a folder."""
    if folder.st_uid == uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid in gids:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def entered_by(accounts: Iterable[Account]) -> Callable[[Path], bool]:
    """Return a function that tells whether all of the accounts may enter a folder."""
    them = [(one.uid, (one.gid, *one.groups)) for one in accounts]
    return lambda folder: all(may_enter(folder.stat(), uid, gids) for uid, gids in them)


def plan(needed: Iterable[Path], enters: Callable[[Path], bool]) -> list[Cover]:
    """Return which folders to cover so that the accounts can reach each needed path."""
    covers: dict[Path, set[Path]] = {}
    for path in needed:
        closed = next((folder for folder in reversed(path.parents) if not enters(folder)), None)
        if closed is not None:
            covers.setdefault(closed, set()).add(path)
    for folder in covers.keys() & NEVER:
        raise CannotStart(
            f"The site's accounts may not enter {folder}, and the clone is below it. Type: chmod o+x {folder}"
        )
    return [Cover(folder, outermost(keep)) for folder, keep in sorted(covers.items())]


def outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the paths without those that are below another one."""
    kept: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(kept)


def carry_out(covers: list[Cover]) -> None:
    """Enter a new mount namespace and cover the folders there. Needs root. The namespace ends with its last process."""
    if not covers:
        return
    here = Path.cwd()
    os.unshare(os.CLONE_NEWNS)
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    for cover in covers:
        held = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in cover.keep}  # they stay reachable
        flags = syscalls.MS_NOSUID | syscalls.MS_NODEV
        syscalls.mount("vaka", cover.folder, "tmpfs", flags, "mode=0755,size=256k")
        for path, descriptor in held.items():
            _make_place(path, is_folder=stat.S_ISDIR(os.fstat(descriptor).st_mode))
            syscalls.mount(f"/proc/self/fd/{descriptor}", path, flags=syscalls.MS_BIND | syscalls.MS_REC)
            os.close(descriptor)
        syscalls.mount("", cover.folder, flags=flags | syscalls.MS_REMOUNT | syscalls.MS_RDONLY)
    if here.exists():
        os.chdir(here)  # the working directory would still be in the covered folder


def _make_place(path: Path, *, is_folder: bool) -> None:
    before = os.umask(0o022)
    try:
        folder = path if is_folder else path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if not is_folder:
            path.touch()
    finally:
        os.umask(before)
