"""Finds leftovers: containers, processes, mounts, rows and files that belong to no session."""

import time

from labs.engine.errors import EngineError
from rigs.chaos.chaos_site import CELERY, MARKS, ChaosSite

SETTLE_SECONDS = 25.0  # more than a round of reconciliation; what it removes is no leftover
DONE = "('ready', 'stopped', 'failed', 'pooled')"


def left_over(site: ChaosSite) -> list[str]:
    """Return the leftovers that one round of reconciliation has not removed."""
    until = time.monotonic() + SETTLE_SECONDS
    while (found := _look(site)) and time.monotonic() < until:
        time.sleep(0.5)
    return found


def _look(site: ChaosSite) -> list[str]:
    try:
        return _now(site)
    except EngineError as error:
        return [f"no engine: {error}"]


def _now(site: ChaosSite) -> list[str]:
    live = {str(row[0]) for row in site.rows("SELECT id FROM labs_labsession WHERE state IN ('ready', 'pooled')")}
    there = {name.replace("-", ""): container for name, container in site.containers().items()}
    found = [f"container {container[:12]} of no live session" for name, container in there.items() if name not in live]
    found += [f"session {name} without a container" for name in live - set(there)]
    if extra := len(site.raw_containers()) - len(there):
        found.append(f"{extra} containers that do not run")
    moving = site.rows(f"SELECT state, COUNT(*) FROM labs_labsession WHERE state NOT IN {DONE} GROUP BY state")  # noqa: S608
    found += [f"{count} sessions {state}" for state, count in moving]
    [[jobs]] = site.rows("SELECT COUNT(*) FROM labs_job WHERE ended_at IS NULL")
    if jobs:
        found.append(f"{jobs} jobs not over")
    processes = site.processes()
    found += [f"no {name}" for name in MARKS if name not in processes]
    found += [
        f"{len(processes[name])} of {name}" for name in MARKS if name not in CELERY and len(processes.get(name, [])) > 1
    ]
    return found


def left_at_the_end(site: ChaosSite) -> list[str]:
    """Return what is left after the site has stopped."""
    found = [f"container {name}" for name in site.raw_containers()]
    found += [f"process {numbers} ({name})" for name, numbers in site.processes().items()]
    found += [f"mount {place}" for place in site.engine.mounts() if "/overlay2/" in place or "/shm" in place]
    run = site.state / "run"
    found += [f"file {path.name} in run/" for path in run.rglob("*") if path.suffix in (".sock", ".ready")]
    return found
