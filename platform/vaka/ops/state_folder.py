"""The state folder: who owns what in it, and how an older one becomes so.

The folder itself and ``run`` are root's alone, so no account can put a link where root goes. Below them each folder has
one owner. What both accounts write, they write as members of the group ``vaka``: a sticky bit would make the kernel
refuse one of them the other's files (``fs.protected_regular``).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from vaka.ops.errors import CannotStart
from vaka.ops.service_accounts import Account, Accounts

DATABASE = ("db.sqlite3-wal", "db.sqlite3-shm", "db.sqlite3")  # the main file last: with it a move is complete


class Owner(Enum):
    """Whose a folder is."""

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
# Where a version before 0.2 kept it, and in which folder it is now
MOVED = {**dict.fromkeys(DATABASE, "database"), "demo_people.json": "credentials"}
OUT_OF_DATE = (
    "relay.sock",
    "broker.sock",
    *(f"beat-schedule{more}" for more in ("", "-wal", "-shm")),
    *(f"{name}.ready" for name in ("worker", "starter", "saver")),
)


def prepare(state: Path, accounts: Accounts | None) -> None:
    """Give the state folder its owners. Nothing of the site may run. Raises CannotStart."""
    if accounts is None:
        _prepare_for_one(state)
    else:
        _prepare_for_two(state, accounts)


def _prepare_for_one(state: Path) -> None:
    if state.stat().st_uid == os.getuid():
        state.chmod(0o750)
    for folder in FOLDERS:
        path = state / folder.name
        path.mkdir(exist_ok=True)
        if path.stat().st_uid == os.getuid():
            path.chmod(0o700)
    _move_what_was_elsewhere(state)


def _prepare_for_two(state: Path, accounts: Accounts) -> None:
    # Somebody with sudo runs docker/setup in their own clone, and goes through this folder
    others = 0 if state.parent.stat().st_uid == 0 else stat.S_IXOTH
    with _opened(state) as descriptor:
        os.fchown(descriptor, 0, accounts.site.gid)
        os.fchmod(descriptor, 0o750 | others)  # from here on only root changes what stands in it
    with _opened(state / "log") as descriptor:  # its owner stays: whoever ran docker/setup
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
    _move_what_was_elsewhere(state)
    with _opened(state / "database") as inside, suppress(FileExistsError):
        # An empty file is an empty database; SQLite gives its other files the owner and the mode of this one
        os.close(os.open(DATABASE[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=inside))
    for name in DATABASE:
        _give_file(state / "database", name, accounts.site.uid, accounts.site.gid, 0o660)
    for name in ("demo_people.json", "key.pem"):
        _give_file(state / "credentials", name, accounts.site.uid, accounts.site.gid, 0o640)


def _move_what_was_elsewhere(state: Path) -> None:
    """Move what a version before 0.2 kept elsewhere; a move that was interrupted goes on."""
    for name, folder in MOVED.items():
        if os.path.lexists(state / name) and not os.path.lexists(state / folder / name):
            (state / name).rename(state / folder / name)
    for name in OUT_OF_DATE:
        (state / "run" / name).unlink(missing_ok=True)


def _hand_over(path: Path, owner: Account, mode: int) -> None:
    """Make a folder that is not there. Give one of another owner to its own, with everything in it."""
    path.mkdir(mode=0o700, exist_ok=True)
    with _opened(path) as folder:
        there = os.fstat(folder)
        if owner.uid == 0:
            os.fchown(folder, owner.uid, owner.gid)  # and nothing in it: a link would pass for one of root's
        elif (there.st_uid, there.st_gid) != (owner.uid, owner.gid):
            give(folder, owner)
        os.fchmod(folder, mode)


def give(folder: int, owner: Account) -> None:
    """Give an open folder, and everything in it, to its owner. Follows no link, and gives away no file with two names."""
    for _path, folders, files, here in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        for name in (*folders, *files):
            there = os.stat(name, dir_fd=here, follow_symlinks=False)
            if stat.S_ISREG(there.st_mode) and there.st_nlink > 1:
                continue  # its other name may be a file of root's
            os.chown(name, owner.uid, owner.gid, dir_fd=here, follow_symlinks=False)
    os.fchown(folder, owner.uid, owner.gid)


def _give_file(folder: Path, name: str, uid: int, gid: int, mode: int | None) -> None:
    """Give a file of a folder to its owner. One that is a link, or has two names, is not ours."""
    with _opened(folder) as inside:
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=inside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CannotStart(f"{folder / name} is not a file of this site ({error.strerror}). Remove it.") from None
        try:
            there = os.fstat(file)
            if not stat.S_ISREG(there.st_mode) or there.st_nlink != 1:
                raise CannotStart(f"{folder / name} is not a file of this site: it has a second name. Remove it.")
            if (there.st_uid, there.st_gid) != (uid, gid):
                os.fchown(file, uid, gid)
            if mode is not None and stat.S_IMODE(there.st_mode) != mode:
                os.fchmod(file, mode)
        finally:
            os.close(file)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a folder. A link is followed where root made it: saves may lie on another disk."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if path.is_symlink() and path.lstat().st_uid != 0:
        raise CannotStart(f"{path} is a link that root has not made. Remove it.")
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise CannotStart(f"{path} is not a folder that we may use: {error.strerror}.") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def forget(folder: Path, names: tuple[str, ...]) -> None:
    """Remove files of a folder of an account's. The folder is opened first: what stands in it can lead us nowhere."""
    with suppress(FileNotFoundError, CannotStart), _opened(folder) as inside:
        for name in names:
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                os.unlink(name, dir_fd=inside)
