"""How slow this machine is: limits in seconds are as much longer. They are set on a machine whose factor is 1.

A limit says that something hangs; on a slow computer things take longer and hang no more often. What is waited for ends as
soon as it is there, so a longer limit makes nothing slower. Set-up measures the factor once; ``VAKA_PACE`` carries it.
"""

import os
from typing import TypedDict

VARIABLE = "VAKA_PACE"
MOST = 30.0  # beyond that a machine is of no use for labs


def factor() -> float:
    """Return what limits are multiplied with, between 1 and MOST; 1 where nobody has measured."""
    try:
        return min(max(float(os.environ.get(VARIABLE, "1")), 1.0), MOST)
    except ValueError:
        return 1.0


def seconds(limit: float) -> float:
    """Return a limit for this machine."""
    return limit * factor()


class TaskLimits(TypedDict):
    """What Celery takes as the limits of a task, in seconds."""

    soft_time_limit: int
    time_limit: int


def task_limits(limit: float) -> TaskLimits:
    """Return the limits of a Celery task: after so many seconds it is told to end, ten seconds later it is ended."""
    return TaskLimits(soft_time_limit=round(seconds(limit)), time_limit=round(seconds(limit + 10)))
