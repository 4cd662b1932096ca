"""The owners and modes in the state folder, and the move of an older state folder to them.

Only root can write to the state folder itself and to ``run``, so no account can place a link on root's path. Each folder
below them has one owner. Both accounts write to shared files as members of the group ``vaka``. No folder is sticky, because
the kernel would then refuse one account the other's files (``fs.protected_regular``).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Account, Accounts

DATABASE = ("db.sqlite3-wal", "db.sqlite3-shm", "db.sqlite3")  # the main file last: it completes a move


class Owner(Enum):
    """The account that owns a folder."""

    ROOT = auto()
    SITE = auto()
    ENGINE = auto()


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    owner: Owner
    mode: int


FOLDERS = (
    Folder("database", Owner.SITE, 0o770),
    Folder("credentials", Owner.SITE, 0o770),
    Folder("media", Owner.SITE, 0o750),
    Folder("captures", Owner.SITE, 0o770),
    Folder("saves", Owner.ENGINE, 0o700),
    Folder("labs", Owner.ENGINE, 0o750),
    Folder("static", Owner.ENGINE, 0o750),
    Folder("run", Owner.ROOT, 0o750),
    Folder("run/site", Owner.SITE, 0o750),
    Folder("run/engine", Owner.ENGINE, 0o750),
)
# Files that version 0.1 kept in the state folder itself, and their folders now
MOVED = {**dict.fromkeys(DATABASE, "database"), "demo_people.json": "credentials"}
OUT_OF_DATE = (
    "relay.sock",
    "broker.sock",
    *(f"beat-schedule{more}" for more in ("", "-wal", "-shm")),
    *(f"{name}.ready" for name in ("worker", "starter", "saver")),
)


def prepare(state: Path, accounts: Accounts | None) -> None:
    """Give the folders to their owners. No process of the site may run meanwhile. Raises CannotStart."""
    if accounts is None:
        _prepare_for_one(state)
    else:
        _prepare_for_two(state, accounts)


def _prepare_for_one(state: Path) -> None:
    if state.stat().st_uid == os.getuid():
        state.chmod(0o750)
    for folder in FOLDERS:
        path = state / folder.name
        with suppress(FileExistsError):
            path.mkdir()
        with opened(path) as descriptor:
            if os.fstat(descriptor).st_uid == os.getuid():
                os.fchmod(descriptor, 0o700)
    _move_old_files(state)


def _prepare_for_two(state: Path, accounts: Accounts) -> None:
    # A user with sudo runs docker/setup in a clone of their own, and must be able to enter this folder
    others = 0 if state.parent.stat().st_uid == 0 else stat.S_IXOTH
    with opened(state) as descriptor:
        os.fchown(descriptor, 0, accounts.site.gid)
        os.fchmod(descriptor, 0o750 | others)  # from here on only root can add or replace entries
    with opened(state / "log") as descriptor:  # it keeps its owner, the user who ran docker/setup
        os.fchown(descriptor, -1, accounts.site.gid)
        os.fchmod(descriptor, 0o750)
    owners = {
        Owner.ROOT: Account("root", 0, accounts.site.gid),
        Owner.SITE: accounts.site,
        Owner.ENGINE: accounts.engine,
    }
    for folder in FOLDERS:
        _hand_over(state / folder.name, owners[folder.owner], folder.mode)
    for name in ("secret_key", "site_id"):
        _give_file(state, name, 0, accounts.site.gid, None)
    _move_old_files(state)
    with opened(state / "database") as inside, suppress(FileExistsError):
        # An empty file is an empty database. SQLite gives its other files the owner and mode of this one
        os.close(os.open(DATABASE[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=inside))
    for name in DATABASE:
        _give_file(state / "database", name, accounts.site.uid, accounts.site.gid, 0o660)
    for name in ("demo_people.json", "key.pem"):
        _give_file(state / "credentials", name, accounts.site.uid, accounts.site.gid, 0o640)


def _move_old_files(state: Path) -> None:
    """Move the files of version 0.1 to their folders. An interrupted move is completed."""
    for name, folder in MOVED.items():
        if os.path.lexists(state / name) and not os.path.lexists(state / folder / name):
            (state / name).rename(state / folder / name)
    for name in OUT_OF_DATE:
        (state / "run" / name).unlink(missing_ok=True)


def _hand_over(path: Path, owner: Account, mode: int) -> None:
    """Create the folder, or give an existing one to its owner with everything in it."""
    with suppress(FileExistsError):  # also for a link that leads nowhere: opened says so
        path.mkdir(mode=0o700)
    with opened(path) as folder:
        there = os.fstat(folder)
        if owner.uid == 0:
            # But nothing in it: a link there would look like one that root made
            os.fchown(folder, owner.uid, owner.gid)
        elif (there.st_uid, there.st_gid) != (owner.uid, owner.gid):
            give(folder, owner)
        os.fchmod(folder, mode)


def give(folder: int, owner: Account) -> None:
    """Give an open folder and everything in it to its owner. Follows no links and skips files with several hard links."""
    for _path, folders, files, here in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        for name in (*folders, *files):
            there = os.stat(name, dir_fd=here, follow_symlinks=False)
            if stat.S_ISREG(there.st_mode) and there.st_nlink > 1:
                continue  # the other hard link may be a file of root
            os.chown(name, owner.uid, owner.gid, dir_fd=here, follow_symlinks=False)
    os.fchown(folder, owner.uid, owner.gid)


def _give_file(folder: Path, name: str, uid: int, gid: int, mode: int | None) -> None:
    """Give a file in the folder to its owner. Raises CannotStart for a link, or a file with several hard links."""
    with opened(folder) as inside:
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=inside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CannotStart(f"{folder / name} is not a file of this site ({error.strerror}). Remove it.") from None
        try:
            there = os.fstat(file)
            if not stat.S_ISREG(there.st_mode) or there.st_nlink != 1:
                raise CannotStart(
                    f"{folder / name} is not a file of this site: it is not a regular file or has a second hard link. Remove it."
                )
            if (there.st_uid, there.st_gid) != (uid, gid):
                os.fchown(file, uid, gid)
            if mode is not None and stat.S_IMODE(there.st_mode) != mode:
                os.fchmod(file, mode)
        finally:
            os.close(file)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a folder. A link is followed only if root or this process's account made it, for example to another disk."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if path.is_symlink() and path.lstat().st_uid not in (0, os.geteuid()):
        raise CannotStart(f"{path} is a symbolic link that root did not make. Remove it.")
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise CannotStart(
            f"{path} cannot be used as a folder: {error.strerror}. Move it away, or set VAKA_STATE to another folder."
        ) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def forget(folder: Path, names: tuple[str, ...]) -> None:
    """Remove files in an account's folder. The folder is opened first, so that a link in it leads nowhere."""
    with suppress(FileNotFoundError, CannotStart), opened(folder) as inside:
        for name in names:
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                os.unlink(name, dir_fd=inside)
