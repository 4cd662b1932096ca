"""Deleting one's own account, with all that belongs to it."""

import logging
import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from labs import captures, services
from labs.models import Capture, LabSession
from vaka.accounts.models import User

logger = logging.getLogger(__name__)


class Stays(Exception):
    """The account cannot be deleted by its owner; the text says why."""


def why_not(person: User) -> str:
    """Why somebody cannot delete himself; empty if he can."""
    if person.is_instructor or person.is_superuser:
        return _(
            "You run workshops or this server, and others' work hangs on yours. The administration ends such an account."
        )
    return ""


def delete_account(person: User) -> None:
    """Delete a person and all that is his: rows at once, the lab that runs and files of saved work after the commit.

    Raises Stays. A lab whose row is gone is removed by the reaper, should the task that stops it come too late.
    """
    if reason := why_not(person):
        raise Stays(reason)
    kept = list(Capture.objects.filter(session__learner=person))
    files = [file for one in kept for file in (captures.pcap(one), captures.text(one))]
    folder = Path(settings.STATE_DIR) / "saves" / str(person.pk)
    with transaction.atomic():
        for session in LabSession.objects.live().of(person):
            services.stop_session(session)
        number, _rows = person.pk, person.delete()
        transaction.on_commit(lambda: _remove(files, folder))
    logger.info("User %s deleted his account.", number)


def _remove(files: list[Path], folder: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
