"""Starts and stops labs hundreds of times, and counts what grows: containers, processes, mounts, files, rows, memory."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rigs.chaos.catalogue import LIGHT
from rigs.chaos.chaos_site import Stand
from rigs.chaos.learner import GOES_WRONG, Learner
from rigs.chaos.leftovers import left_over
from vaka.ops.http_client import Unexpected

LEARNERS = 6  # they start and stop side by side
WARM_UP = 200  # starts before the first count: caches fill, and each process of the pools opens its connections
KEPT = {"labs_labsession", "labs_sessionevent"}  # tables that keep a record
QUIET_SECONDS = 6.0  # before each count, for work in progress
MORE_DESCRIPTORS, MORE_MEMORY = 6, 48  # of a program: growth in descriptors of one process, and in MB, that is no leak


@dataclass(frozen=True, slots=True)
class Count:
    """A count of everything, by name."""

    things: dict[str, int]  # must not grow at all
    descriptors: dict[str, int]  # the most that one process of a program has
    memory: dict[str, int]  # MB of a program's processes


def soak(stand: Stand, times: int, tell: Callable[[str], None]) -> list[str]:
    """Start and stop ``times`` times. Returns what has grown and should not have."""
    stand.enrol(*(f"learner{number}" for number in range(LEARNERS)))
    _rounds(stand, WARM_UP)
    before = count(stand)
    began = time.monotonic()
    _rounds(stand, times)
    seconds = time.monotonic() - began
    left = left_over(stand)
    after = count(stand)
    tell(f"{times} starts and stops in {seconds:.0f} s, {LEARNERS} at a time ({seconds / times:.2f} s each)")
    for kind in ("things", "descriptors", "memory"):
        tell(f"{kind}: before → after")
        was, now = getattr(before, kind), getattr(after, kind)
        for name in sorted({*was, *now}):
            if was.get(name) or now.get(name):
                tell(f"  {name:<34} {was.get(name, 0):>7} → {now.get(name, 0):>7}")
    return left + grown(before, after)


def grown(before: Count, after: Count) -> list[str]:
    """Return what has grown by more than it may."""
    found = []
    for kind, much in (("things", 0), ("descriptors", MORE_DESCRIPTORS), ("memory", MORE_MEMORY)):
        was, now = getattr(before, kind), getattr(after, kind)
        found += [
            f"{kind} of {name}: {was.get(name, 0)} → {now[name]}" for name in now if now[name] - was.get(name, 0) > much
        ]
    return found


def _rounds(stand: Stand, times: int) -> None:
    left, lock, trouble = times, threading.Lock(), list[str]()

    def go(learner: Learner) -> None:
        nonlocal left
        while True:
            with lock:
                if left <= 0 or trouble:
                    return
                left -= 1
            try:
                learner.start(LIGHT)
                learner.until("ready")
                learner.press("stop")
                learner.until("stopped")
            except GOES_WRONG as error:
                trouble.append(str(error))

    threads = [threading.Thread(target=go, args=(learner,)) for learner in stand.learners.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise Unexpected(trouble[0])


def count(stand: Stand) -> Count:
    """Count everything while nothing is in progress."""
    time.sleep(QUIET_SECONDS)
    programs, engine = stand.processes(), sorted(stand.engine.processes())
    things = {
        "containers": len(stand.raw_containers()),
        "processes of the site": sum(len(numbers) for numbers in programs.values()),
        "processes of the engine": len(engine),
        "mounts": len(stand.engine.mounts()),
        "control groups": len(stand.engine.cgroups()),
        "files of the state": _files(stand.state),
        "files of the engine": _files(stand.engine.folder / "data" / "containers")
        + _files(stand.engine.folder / "data" / "overlay2", deep=False)
        + _files(stand.engine.folder / "exec"),
        **{f"rows of {name}": number for name, number in _rows(stand).items() if name not in KEPT},
    }
    every = {**programs, "engine": engine[:1]}
    return Count(
        things,
        {name: max((_descriptors(number) for number in numbers), default=0) for name, numbers in every.items()},
        {name: sum(map(_memory, numbers)) >> 10 for name, numbers in every.items()},
    )


def _files(folder: Path, *, deep: bool = True) -> int:
    with suppress(OSError):
        return sum(1 for path in (folder.rglob("*") if deep else folder.iterdir()) if "log" not in path.parts)
    return 0


def _rows(stand: Stand) -> dict[str, int]:
    names = [str(row[0]) for row in stand.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: int(stand.rows(f'SELECT COUNT(*) FROM "{name}"')[0][0]) for name in names}  # noqa: S608 — its own names


def _descriptors(number: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{number}/fd").iterdir()))
    return 0


def _memory(number: int) -> int:
    """Return the KB of this process, with its share of shared pages."""
    with suppress(OSError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
