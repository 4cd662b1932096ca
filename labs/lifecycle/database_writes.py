"""Writes that wait for a database that cannot write now, for example because its disk is full."""

import logging
import time
from collections.abc import Callable

from django.db import OperationalError

from labs.lifecycle import stalled

logger = logging.getLogger(__name__)

WAITS = 60.0  # seconds
AGAIN = 1.0  # seconds between two tries


def retry_write[Result](write: Callable[[], Result]) -> Result:
    """Call WRITE until the database accepts it. WRITE is called again after it has failed, so it must leave nothing half-done."""
    until, refused = time.monotonic() + WAITS, False
    while True:
        try:
            written = write()
        except OperationalError as error:
            stalled.report_refusal(error)
            refused = True
            if time.monotonic() > until:
                raise
            logger.warning("The database cannot be written to yet.", exc_info=True)
            time.sleep(AGAIN)
        else:
            if refused:
                stalled.report_write()
            return written
