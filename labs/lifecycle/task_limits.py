"""The time limits of Celery tasks on this server."""

from typing import TypedDict

from labs.engine.shared import pace


class TaskLimits(TypedDict):
    """The limits of a task as Celery reads them, in seconds."""

    soft_time_limit: int
    time_limit: int


def task_limits(seconds: float) -> TaskLimits:
    """Return a task's limits on this server: it is told to end after so many seconds, and killed ten seconds later."""
    return TaskLimits(soft_time_limit=round(pace.seconds(seconds)), time_limit=round(pace.seconds(seconds + 10)))
