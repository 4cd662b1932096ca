"""What the unprivileged processes can see of the file system, when root's clone lies where they cannot go.

A clone below /root, or in a folder of mode 0700, is out of reach for the account ``vaka``. Then ``manage.py up`` gives
itself and what it starts a mount namespace of their own: over the topmost closed folder lies a small empty one that
everybody may enter, and in it, at their old paths, what the site needs. Nothing else of the closed folder is to be
seen, and nothing of this is on the host.
"""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vaka.ops import syscalls
from vaka.ops.errors import CannotStart
from vaka.ops.service_accounts import Account

# Covering one of these would take sockets, programs or devices away from the processes.
NEVER = frozenset(Path("/", name) for name in ("", "run", "var", "var/lib", "tmp", "usr", "etc", "dev", "proc", "sys"))


@dataclass(frozen=True, slots=True)
class Cover:
    """One closed folder, and what stays visible below it."""

    folder: Path
    keep: tuple[Path, ...]


def may_enter(folder: os.stat_result, uid: int, gids: tuple[int, ...]) -> bool:
    """Whether an account may pass through a folder. ``gids``: all its groups."""
    if folder.st_uid == uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid in gids:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def entered_by(accounts: Iterable[Account]) -> Callable[[Path], bool]:
    """Return what says whether each of the accounts may pass through a folder."""
    them = [(one.uid, (one.gid, *one.groups)) for one in accounts]
    return lambda folder: all(may_enter(folder.stat(), uid, gids) for uid, gids in them)


def plan(needed: Iterable[Path], enters: Callable[[Path], bool]) -> list[Cover]:
    """Say which folders to cover so that each path that is needed can be reached."""
    covers: dict[Path, set[Path]] = {}
    for path in needed:
        closed = next((folder for folder in reversed(path.parents) if not enters(folder)), None)
        if closed is not None:
            covers.setdefault(closed, set()).add(path)
    for folder in covers.keys() & NEVER:
        raise CannotStart(
            f"The site's accounts may not enter {folder}, and everything lies below it. Type: chmod o+x {folder}"
        )
    return [Cover(folder, outermost(keep)) for folder, keep in sorted(covers.items())]


def outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Leave out each path that lies below another one."""
    kept: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(kept)


def carry_out(covers: list[Cover]) -> None:
    """Take a mount namespace of our own and cover the folders there. Needs root; ends with the last process in it."""
    if not covers:
        return
    here = Path.cwd()
    os.unshare(os.CLONE_NEWNS)
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    for cover in covers:
        held = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in cover.keep}  # reachable after the cover, too
        flags = syscalls.MS_NOSUID | syscalls.MS_NODEV
        syscalls.mount("vaka", cover.folder, "tmpfs", flags, "mode=0755,size=256k")
        for path, descriptor in held.items():
            _make_place(path, is_folder=stat.S_ISDIR(os.fstat(descriptor).st_mode))
            syscalls.mount(f"/proc/self/fd/{descriptor}", path, flags=syscalls.MS_BIND | syscalls.MS_REC)
            os.close(descriptor)
        syscalls.mount("", cover.folder, flags=flags | syscalls.MS_REMOUNT | syscalls.MS_RDONLY)
    if here.exists():
        os.chdir(here)  # the old one would still be the covered folder


def _make_place(path: Path, *, is_folder: bool) -> None:
    before = os.umask(0o022)
    try:
        folder = path if is_folder else path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if not is_folder:
            path.touch()
    finally:
        os.umask(before)
