"""Waits until an author's lab has converged, before it is graded: until then, a check of absence would pass by luck."""

import time

from labs.engine.definition.spec import Lab
from labs.engine.runtime import convergence
from labs.engine.shared import pace
from labs.engine.shared.asker import Asker

LEAST_LIMIT = 10.0  # seconds


def wait_until_converged(lab: Lab, asker: Asker, *, least: float = 0.0) -> list[str]:
    """Wait at least ``least`` seconds, and then until the lab has converged or its time is over. Return what is still missing.

    Its time is the largest ``within`` of its checks: so long, says its author, its protocols need.
    """
    time.sleep(least)
    longest = max((check.within for check in lab.checks()), default=0.0)
    return convergence.wait(lab, asker, seconds=pace.seconds(max(LEAST_LIMIT, longest)))
