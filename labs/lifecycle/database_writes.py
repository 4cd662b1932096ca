"""Writes that wait for a database whose disk is full: what was done is not lost for want of a line that says so."""

import logging
import time
from collections.abc import Callable

from django.db import OperationalError

from labs.lifecycle import stalled

logger = logging.getLogger(__name__)

WAITS = 60.0  # seconds
AGAIN = 1.0  # seconds after which it is tried again


def once_writable[Result](write: Callable[[], Result]) -> Result:
    """Write as soon as the database lets us. WRITE is called again after it has failed, so it must leave nothing half-done."""
    until, refused = time.monotonic() + WAITS, False
    while True:
        try:
            written = write()
        except OperationalError as error:
            stalled.say_refused(error)
            refused = True
            if time.monotonic() > until:
                raise
            logger.warning("The database cannot be written to yet.", exc_info=True)
            time.sleep(AGAIN)
        else:
            if refused:
                stalled.say_written()
            return written
