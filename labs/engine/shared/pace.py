"""The pace of this server. Time limits are multiplied with a factor; they were chosen on a machine with factor 1.

A time limit detects that something hangs. On a slow machine everything takes longer but does not hang more often, and a wait
ends when its event occurs: so longer limits make nothing slower. Set-up measures the factor once and passes it in ``VAKA_PACE``.
"""

import math
import os

VARIABLE = "VAKA_PACE"
MOST = 30.0  # a machine that is slower is of no use for labs


def factor() -> float:
    """Return the factor for limits, between 1 and MOST; 1 if it was never measured."""
    try:
        measured = float(os.environ.get(VARIABLE, "1"))
    except ValueError:
        return 1.0
    return min(max(measured, 1.0), MOST) if math.isfinite(measured) else 1.0


def seconds(limit: float) -> float:
    """Return a limit for this server."""
    return limit * factor()
