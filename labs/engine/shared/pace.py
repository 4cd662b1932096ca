"""How slow this machine is: limits in seconds are as much longer. They are set on a machine whose factor is 1.

A limit says that something hangs; on a slow computer things take longer and hang no more often. What is waited for ends as
soon as it is there, so a longer limit makes nothing slower. Set-up measures the factor once; ``VAKA_PACE`` carries it.
"""

import math
import os

VARIABLE = "VAKA_PACE"
MOST = 30.0  # beyond that a machine is of no use for labs


def factor() -> float:
    """Return what limits are multiplied with, between 1 and MOST; 1 where nobody has measured."""
    try:
        told = float(os.environ.get(VARIABLE, "1"))
    except ValueError:
        return 1.0
    return min(max(told, 1.0), MOST) if math.isfinite(told) else 1.0


def seconds(limit: float) -> float:
    """Return a limit for this machine."""
    return limit * factor()
