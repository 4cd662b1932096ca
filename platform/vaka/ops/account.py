"""Who runs as whom. Only root can choose; anybody else runs all as himself, with no wall before the engine."""

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vaka.ops.errors import CannotStart

NAME = "vaka"
# What the processes need of the environment. Root's may hold anything: keys, tokens, the address of an agent.
PASSED_ON = {"PATH", "LANG", "LANGUAGE", "TZ", "TERM", "PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE", "SSL_CERT_DIR"} | {
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "DJANGO_SETTINGS_MODULE",
    "FORWARDED_ALLOW_IPS",  # uvicorn's: a proxy on another machine
}
FOR_THE_ENGINE = {"DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "HOME"}


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int


def unprivileged(euid: int) -> Account | None:
    """The account to change to; None where we are not root and cannot."""
    if euid != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        raise CannotStart(
            f"As root the site runs as the account {NAME}, which is not there. Type: docker/setup"
        ) from None
    if entry.pw_uid == 0:
        raise CannotStart(f"The account {NAME} is root's. Give it a uid of its own.")
    return Account(entry.pw_uid, entry.pw_gid)


def environment(mine: Mapping[str, str], *, may_use_engine: bool, state: Path) -> dict[str, str]:
    """Return what a process is told of our environment."""
    allowed = PASSED_ON | FOR_THE_ENGINE if may_use_engine else PASSED_ON
    told = {name: value for name, value in mine.items() if name in allowed or name.startswith(("VAKA_", "LC_"))}
    told["VAKA_STATE"] = str(state)  # absolute and without links, whatever we were given
    told["PYTHONUNBUFFERED"] = "1"
    if not may_use_engine:
        told["HOME"] = "/nonexistent"
    return told


def prepare(state: Path, account: Account | None) -> None:
    """Give the state folder its owners.

    It is root's, and the account may add files of its own but neither remove nor replace those of root (sticky bit),
    who runs programs from below it. What root makes in it, like the secret key, gets the account's group (setgid bit).
    """
    run, log = state / "run", state / "log"
    for folder in (run, log):
        folder.mkdir(parents=True, exist_ok=True)
    if account is None:
        if state.stat().st_uid == os.getuid():
            state.chmod(0o750)
            run.chmod(0o700)
        elif not os.access(state, os.W_OK):
            raise CannotStart(
                f"{state} belongs to another user. Start as root as before, or set VAKA_STATE to a folder of yours."
            )
        return
    others = (
        0 if state.parent.stat().st_uid == 0 else stat.S_IXOTH
    )  # a clone of somebody with sudo: he runs docker/setup himself
    for folder, mode in ((state, 0o3770 | others), (run, 0o3770)):
        os.chown(folder, 0, account.gid)
        folder.chmod(mode)
    for name in ("secret_key", "site_id", "static", "labs"):
        give(state / name, 0, account.gid)
    # What a command left that somebody ran as root, or the site when it was run by an ordinary user
    for file in (
        *state.glob("db.sqlite3*"),
        *state.glob("demo_people.json"),
        *run.glob("beat-schedule*"),
        state / "media",
        state / "captures",
        state / "credentials",
    ):
        give(file, account.uid, account.gid)


def give(path: Path, uid: int, gid: int) -> None:
    """Hand a file, or a folder and all in it, to its owner; links are not followed."""
    if not os.path.lexists(path) or (path.lstat().st_uid, path.lstat().st_gid) == (uid, gid):
        return
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)
    os.chown(path, uid, gid, follow_symlinks=False)
