"""Files and units of the system for `docker/setup install`: each is changed only if it is not yet as it must be.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from steps import WITHIN, Stop, finish, run

UNITS = Path("/etc/systemd/system")


def put(path, text, tell, mode=0o644):
    """Write a file unless it is there with this content and mode. It keeps its owner. Return whether it was written."""
    if path.exists() and path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode:
        return False
    tell.did(f"writing {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.vaka")
    if draft.exists():
        draft.unlink()
    # It never has more permissions than this, as it may hold a password
    with os.fdopen(os.open(str(draft), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    if path.exists():
        os.chown(str(draft), path.stat().st_uid, path.stat().st_gid)
    draft.chmod(mode)
    draft.replace(path)
    return True


def link(path, target, tell):
    """Make a symbolic link unless it is there."""
    if path.is_symlink() and os.readlink(str(path)) == str(target):
        return
    tell.did(f"writing {path}, a link to {target}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    path.symlink_to(target)


def remove(path, tell):
    """Remove a file or a link if it is there. Return whether it was."""
    if not path.is_symlink() and not path.exists():
        return False
    tell.did(f"removing {path}")
    path.unlink()
    return True


def delete_folder(folder, tell):
    """Delete a folder with its content. A mount point stays, empty, and so does what a link in the folder leads to. Raises Stop."""
    tell.did(f"deleting {folder}")
    targets = [os.path.realpath(str(path)) for path in folder.iterdir() if path.is_symlink() and path.is_dir()]
    elsewhere = [path for path in targets if not path.startswith(os.path.realpath(str(folder)) + os.sep)]
    try:
        empty(folder)
        if folder.is_symlink():
            folder.unlink()
        elif not any(folder.iterdir()) and not os.path.ismount(str(folder)):
            folder.rmdir()
    except OSError as error:
        raise Stop(f"{error.filename} could not be deleted: {error.strerror}.") from None
    if elsewhere:
        tell.did(f"left, as only links in {folder} led to it: {', '.join(elsewhere)}")


def empty(folder):
    """Delete what is in a folder: of a mount point in it only the content."""
    for path in folder.iterdir():
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif os.path.ismount(str(path)):
            empty(path)
        else:
            shutil.rmtree(path)


@contextmanager
def the_only_one(lock):
    """Hold a lock. Raises Stop if another process holds it. The kernel releases it, however the process ends."""
    with os.fdopen(os.open(str(lock), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(
                "Another `docker/setup install` or `docker/setup uninstall` works on this server. Wait until it has ended, "
                "and type this again. Nothing was changed."
            ) from None
        yield


def systemctl(*words, within=WITHIN):
    """Run systemctl. Raises Stop, with what it said, if it fails."""
    return run(["systemctl", *words], f"systemctl {' '.join(words)}", within=within)


def says_yes(*words):
    """Return whether systemctl answers a question, such as is-active, with yes. Raises Stop if it does not answer."""
    asked = ["systemctl", "--quiet", *words]
    return finish(asked, f"systemctl {' '.join(words)}", WITHIN, stderr=subprocess.DEVNULL)[0] == 0
