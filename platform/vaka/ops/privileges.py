"""What root gives up: the site's data are opened by the site's accounts only.

A path in a folder of an account leads where that account wants. So a command that root types runs as the account
``vaka-engine``, but for the few that need root or touch none of the site's data.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from vaka.ops import file_visibility, programs, service_accounts
from vaka.ops.errors import CannotStart
from vaka.ops.service_accounts import Accounts

NEED_ROOT = frozenset({"up"})
ON_A_SITE_OF_THEIR_OWN = frozenset({"audit", "bench", "chaos", "rehearsal"})
# They read and write the author's folders, and no data of the site
FOR_AUTHORS = frozenset(
    {
        "check_content",
        "check_labs",
        "compilemessages",
        "diagnose",
        "help",
        "lab_texts",
        "makemessages",
        "makemigrations",
        "new_lab",
        "preview_content",
        "steady",
        "try_lab",
        "version",
    }
)


def give_up(words: Sequence[str]) -> None:
    """Change to the account where root types a command on the data of a site that has accounts. Raises CannotStart."""
    command = next((word for word in words if not word.startswith("-")), "help")
    if command in NEED_ROOT | ON_A_SITE_OF_THEIR_OWN | FOR_AUTHORS or not _has_accounts():
        return
    if accounts := service_accounts.unprivileged(os.geteuid()):
        open_the_way(accounts)
        service_accounts.become(accounts.engine)


def _has_accounts() -> bool:
    """Whether ``manage.py up`` has given the data to the accounts: they are not root's, nor a person's own."""
    data = Path(settings.STATE_DIR) / "saves"
    try:
        return data.stat().st_uid == service_accounts.uid_of(service_accounts.ENGINE)
    except FileNotFoundError:
        return False


def open_the_way(accounts: Accounts) -> None:
    """Make sure that the accounts reach what they need, also where the clone lies in a closed folder."""
    file_visibility.carry_out(file_visibility.plan(needed(), file_visibility.entered_by(accounts)))
    clone = programs.clone()
    closed = [path for path in (clone / "manage.py", Path(__file__)) if not path.stat().st_mode & 0o004]
    if closed:
        raise CannotStart(
            f"The account {service_accounts.SITE} may not read {closed[0]}: the clone was made with a strict umask. "
            f"Type: cd {clone} && chmod go+rx . && git ls-tree -z --name-only HEAD | xargs -0 chmod -R go+rX"
        )


def needed() -> Iterator[Path]:
    """Yield what every process must reach, without links."""
    state, interpreter = Path(settings.STATE_DIR).resolve(), Path(sys.executable).resolve()
    yield from (programs.clone(), state, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), interpreter)
    yield programs.broker_binary().resolve()
    if folder := database_folder():
        yield folder
    if engine := service_accounts.engine_socket():
        yield engine


def database_folder() -> Path | None:
    """Return the folder of the SQLite file; None where the database is a server."""
    database = settings.DATABASES["default"]
    return Path(database["NAME"]).parent.resolve() if database["ENGINE"].endswith("sqlite3") else None
