"""The accounts that the site's processes run as. Only root can use them; for any other user all processes run as that user.

No process that serves people runs as root. The account ``vaka`` runs every process that the network reaches. The account
``vaka-engine`` runs the processes that start and stop labs: the group of the engine's socket lets it in, which makes it as
powerful as root. Both are in the group ``vaka``, through which they share the database and the sockets in ``run``.
"""

import os
import pwd
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vaka.ops.errors import CannotStart

SITE, ENGINE = "vaka", "vaka-engine"
SOCKET = "/var/run/docker.sock"
# The environment variables that processes get. Root's environment may hold keys, tokens or the address of an agent.
PASSED_ON = {"PATH", "LANG", "LANGUAGE", "TZ", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR"} | {
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "DJANGO_SETTINGS_MODULE",
    "FORWARDED_ALLOW_IPS",  # for uvicorn, when the proxy is on another machine
}
PROXIES = {name for lower in ("http_proxy", "https_proxy", "no_proxy") for name in (lower, lower.upper())}
# The engine's processes also build the images of labs, for which they fetch packages
FOR_THE_ENGINE = {"DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"} | PROXIES
NO_HOME = "/nonexistent"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this server. ``groups``: supplementary groups of its processes."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounts:
    """The two accounts of a site that root has started."""

    site: Account
    engine: Account

    def __iter__(self) -> Iterator[Account]:
        yield self.site
        yield self.engine


def unprivileged(euid: int) -> Accounts | None:
    """Return the accounts to change to; None if we are not root."""
    if euid != 0:
        return None
    site, engine = _entry(SITE), _entry(ENGINE)
    if site.pw_uid == engine.pw_uid:
        raise CannotStart(f"The accounts {SITE} and {ENGINE} have the same uid. Give each a uid of its own.")
    if site.pw_gid != engine.pw_gid:
        raise CannotStart(f"The account {ENGINE} is not in the group {SITE}. Type: usermod --gid {SITE} {ENGINE}")
    return Accounts(
        site=Account(SITE, site.pw_uid, site.pw_gid),
        engine=Account(ENGINE, engine.pw_uid, engine.pw_gid, engine_groups(engine_socket())),
    )


def _entry(name: str) -> pwd.struct_passwd:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            f"Started by root, the site runs as the accounts {SITE} and {ENGINE}. {name} does not exist. Type: docker/setup"
        ) from None
    if entry.pw_uid == 0:
        raise CannotStart(f"The account {name} has uid 0. Give it a uid of its own.")
    return entry


def uid_of(name: str) -> int | None:
    """Return the uid of an account of this server; None if it does not exist."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def engine_socket() -> Path | None:
    """Return the path of the engine's unix socket; None if the engine is reached otherwise, or there is no socket."""
    address = os.environ.get("DOCKER_HOST") or f"unix://{SOCKET}"
    path = Path(address.removeprefix("unix://"))
    return path.resolve() if address.startswith("unix://") and path.exists() else None


def engine_groups(socket: Path | None) -> tuple[int, ...]:
    """Return the groups that let a process open the socket. Raises CannotStart if only root may open it."""
    if socket is None:
        return ()
    there = socket.stat()
    if there.st_mode & 0o006 == 0o006:
        return ()
    if there.st_mode & 0o060 == 0o060:
        return (there.st_gid,)
    raise CannotStart(
        f"Only root may open the engine's socket {socket} (mode {there.st_mode & 0o777:04o}), and the workers run as the "
        f"account {ENGINE}. Give the socket a group that may write to it, for example: "
        f"chgrp docker {socket} && chmod 660 {socket}"
    )


def environment(mine: Mapping[str, str], *, may_use_engine: bool, lowered: bool, state: Path) -> dict[str, str]:
    """Return the environment of a process. ``lowered``: the process changes to an account without a home folder."""
    allowed = PASSED_ON | FOR_THE_ENGINE if may_use_engine else PASSED_ON
    told = {name: value for name, value in mine.items() if name in allowed or name.startswith(("VAKA_", "LC_"))}
    told["VAKA_STATE"] = str(state)  # absolute, with links resolved
    told["PYTHONUNBUFFERED"] = "1"
    told["HOME"] = NO_HOME if lowered or not may_use_engine else mine.get("HOME", NO_HOME)
    return told


def become(account: Account) -> None:
    """Change this process to an account, irreversibly."""
    os.setgroups(account.groups)
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
    os.environ["HOME"] = NO_HOME
