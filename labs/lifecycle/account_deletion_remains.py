"""The worker's part of a deletion: removes files and containers of an account. It may be called twice, and late."""

import logging
from datetime import timedelta

from django.utils import timezone

from labs.engine.errors import EngineError
from labs.lifecycle import file_removal, lab_access
from labs.models import Erasure

logger = logging.getLogger(__name__)

SETTLES = timedelta(minutes=2)  # by then every save or capture that was being written has ended


def due() -> list[int]:
    """Return the erasures that are still to be done, or to be repeated."""
    return list(Erasure.objects.order_by("pk").values_list("pk", flat=True))


def erase(erasure_id: int) -> None:
    """Remove all that is left. A later call tries again what could not be removed."""
    row = Erasure.objects.filter(pk=erasure_id).first()
    if row is None:
        return
    if not (_containers(row) & _files(row)):
        return
    now = timezone.now()
    if row.done_at is None:
        Erasure.objects.filter(pk=row.pk, done_at=None).update(done_at=now)
        logger.info("Nothing is left of account %d.", row.person)
    if now - row.asked_at >= SETTLES:
        row.delete()


def _containers(row: Erasure) -> bool:
    if not row.sessions or row.done_at:
        return True
    try:
        with lab_access.engine() as engine:
            for session in row.sessions:
                engine.remove(session)
    except EngineError as error:
        logger.warning("Labs of account %d could not be removed: %s", row.person, error)
        return False
    return True


def _files(row: Erasure) -> bool:
    """Remove the saves and each capture, also if one of them cannot be removed. Return whether all are gone."""
    files = [("captures", f"{capture}.{ending}") for capture in row.captures for ending in ("pcap", "txt")]
    left = [names for names in (("saves", str(row.person)), *files) if not file_removal.try_to_remove(*names)]
    return not left
