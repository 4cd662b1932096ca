"""Drops root's privileges, so that only the site's accounts open the site's data.

An account decides where a path in its folders leads: it can place a link there. A command that root types therefore runs
as the account ``vaka-engine``, except for the few that need root or do not touch the site's data.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from vaka.ops import file_visibility, programs, system_accounts
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Accounts

NEED_ROOT = frozenset({"backup", "restore", "up"})
ON_A_SITE_OF_THEIR_OWN = frozenset({"audit", "bench", "chaos", "rehearsal"})
# They read and write authors' folders, and none of the site's data: as root they have no database
FOR_AUTHORS = frozenset(
    {
        "check_content",
        "check_labs",
        "compilemessages",
        "diagnose",
        "draft_checks",
        "export_lab",
        "help",
        "import_lab",
        "lab_flavours",
        "lab_texts",
        "makemessages",
        "makemigrations",
        "new_lab",
        "record_outputs",
        "steady",
        "try_lab",
        "version",
    }
)


def give_up(words: Sequence[str]) -> None:
    """Change to the account ``vaka-engine`` if root runs a command on a site that has accounts. Raises CannotStart."""
    command = next((word for word in words if not word.startswith("-")), "help")
    if command in NEED_ROOT | ON_A_SITE_OF_THEIR_OWN or not _has_accounts():
        return
    if command in FOR_AUTHORS:
        _give_up_database()
    elif accounts := system_accounts.unprivileged(os.geteuid()):
        make_reachable(accounts)
        system_accounts.become(accounts.engine)


def _give_up_database() -> None:
    """Replace the database by none. ``makemigrations`` would open it, and in its folder an account can place links."""
    settings.DATABASES["default"] = {"ENGINE": "django.db.backends.dummy"}


def _has_accounts() -> bool:
    """Return whether ``manage.py up`` has given the data to the accounts; else they belong to root or a person."""
    engine = system_accounts.uid_of(system_accounts.ENGINE)
    # Each of them, because one may be a link to a disk that is not mounted
    owners = {_owner(Path(settings.STATE_DIR) / name) for name in ("saves", "labs", "static")}
    return engine is not None and engine in owners


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except OSError:
        return None


def make_reachable(accounts: Accounts) -> None:
    """Make sure that the accounts reach what they need, even if the clone is in a closed folder."""
    file_visibility.carry_out(file_visibility.plan(needed(), file_visibility.entered_by(accounts)))
    clone = programs.clone()
    files = [path for path in (clone / "manage.py", Path(__file__)) if path.is_file()]
    closed = [path for path in files if not path.stat().st_mode & 0o004]
    if closed and len(files) == 1:
        raise CannotStart(
            f"The account {system_accounts.SITE} may not read {closed[0]}: the package was installed with a strict umask. "
            f"Type: chmod -R go+rX {clone}"
        )
    if closed:
        raise CannotStart(
            f"The account {system_accounts.SITE} may not read {closed[0]}: the clone was made with a strict umask. "
            f"Type: cd {clone} && chmod go+rx . && git ls-tree -z --name-only HEAD | xargs -0 chmod -R go+rX"
        )


def needed() -> Iterator[Path]:
    """Yield the paths that every process must reach, with links resolved."""
    state, interpreter = Path(settings.STATE_DIR).resolve(), Path(sys.executable).resolve()
    yield from (programs.clone(), state, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), interpreter)
    yield programs.broker_binary().resolve()
    if folder := database_folder():
        yield folder
    if engine := system_accounts.engine_socket():
        yield engine


def database_folder() -> Path | None:
    """Return the folder of the SQLite file; None if the database is a server."""
    database = settings.DATABASES["default"]
    return Path(database["NAME"]).parent.resolve() if database["ENGINE"].endswith("sqlite3") else None
