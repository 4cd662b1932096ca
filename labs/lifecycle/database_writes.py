"""Writes that wait for a database that cannot write now, for example because its disk is full."""

import logging
import time
from collections.abc import Callable

from django.db import OperationalError

from labs.lifecycle import worker_health

logger = logging.getLogger(__name__)

WAITS = 60.0  # seconds; a refusal comes at once on every machine, so this follows no pace
LOCKED_TRIES = (
    3  # at least, where others hold the lock: each has waited already, as long as the machine's pace says (vaka.env)
)
AGAIN = 1.0  # seconds between two tries


def retry_write[Result](write: Callable[[], Result]) -> Result:
    """Call WRITE until the database accepts it. WRITE is called again after it has failed, so it must leave nothing half-done."""
    until, refused, tries = time.monotonic() + WAITS, False, 0
    while True:
        tries += 1
        try:
            written = write()
        except OperationalError as error:
            worker_health.report_refusal(error)
            refused = True
            waits_for_lock = "locked" in str(error) and tries < LOCKED_TRIES
            if time.monotonic() > until and not waits_for_lock:
                raise
            logger.warning("The database cannot be written to yet.", exc_info=True)
            time.sleep(AGAIN)
        else:
            if refused:
                worker_health.report_write()
            return written
