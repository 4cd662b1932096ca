"""The periodic tasks of a site: which task beat enqueues, and how often. What a task does is in the ``tasks`` of its app."""

from datetime import timedelta
from typing import Any

# Seconds between two runs, by the name of the task. The settings import this module, so the tasks are named and not imported
PERIODS = {
    "labs.lifecycle.tasks.reconcile": 15,
    "labs.lifecycle.tasks.admit": 5,
    "labs.lifecycle.tasks.measure_next_lab": 60,
    "labs.lifecycle.tasks.expire": 10,
    # The schedule survives a restart, so a machine that runs only by day is cleaned as well
    "labs.lifecycle.tasks.clean": 24 * 3600,
    "labs.lifecycle.tasks.clear_browser_sessions": 60,
    "labs.lifecycle.tasks.save_changes": 5,
    "vaka.workshops.tasks.continue_exams": 5,
    "vaka.workshops.tasks.rehearse": 5,
    "vaka.workshops.tasks.continue_closing": 5,
    "vaka.workshops.tasks.end_forgotten_pauses": 60,
    "vaka.workshops.tasks.end_stale_observers": 15,
    "labs.lifecycle.tasks.measure_use": 15,
}
SLOW = 4.0  # the pace from which they run less often: at every pace they take the same share of the CPU time


def schedule(pace: float) -> dict[str, dict[str, Any]]:
    """Return beat's schedule on a server of this pace. A key is the last part of the name of its task."""
    return {task.rpartition(".")[2]: _every(seconds, task, pace) for task, seconds in PERIODS.items()}


def _every(seconds: float, task: str, pace: float) -> dict[str, Any]:
    """Return a line of the schedule. A task expires: after an hour without a worker, three are in the queue and not 240."""
    period = seconds * max(1.0, pace / SLOW)
    return {"task": task, "schedule": timedelta(seconds=period), "options": {"expires": period * min(pace, 3)}}
