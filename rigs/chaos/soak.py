"""Starts and stops labs hundreds of times, and counts what grows: containers, processes, mounts, files, rows, memory."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rigs.chaos.chaos_labs import LIGHT
from rigs.chaos.chaos_site import ChaosSite
from rigs.chaos.learner import GOES_WRONG, Learner
from rigs.chaos.leftovers import left_over
from vaka.ops.site_client import Unexpected

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


def soak(site: ChaosSite, times: int, tell: Callable[[str], None]) -> list[str]:
    """Start and stop ``times`` times. Returns what has grown and should not have."""
    site.enrol(*(f"learner{number}" for number in range(LEARNERS)))
    _rounds(site, WARM_UP)
    before = count(site)
    began = time.monotonic()
    _rounds(site, times)
    seconds = time.monotonic() - began
    left = left_over(site)
    after = count(site)
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


def _rounds(site: ChaosSite, times: int) -> None:
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

    threads = [threading.Thread(target=go, args=(learner,)) for learner in site.learners.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise Unexpected(trouble[0])


def count(site: ChaosSite) -> Count:
    """Count everything while nothing is in progress."""
    time.sleep(QUIET_SECONDS)
    programs, engine = site.processes(), sorted(site.engine.processes())
    things = {
        "containers": len(site.raw_containers()),
        "processes of the site": sum(len(numbers) for numbers in programs.values()),
        "processes of the engine": len(engine),
        "mounts": len(site.engine.mounts()),
        "control groups": len(site.engine.cgroups()),
        "files of the state": _files(site.state),
        "files of the engine": _files(site.engine.folder / "data" / "containers")
        + _files(site.engine.folder / "data" / "overlay2", deep=False)
        + _files(site.engine.folder / "exec"),
        **{f"rows of {name}": number for name, number in _rows(site).items() if name not in KEPT},
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


def _rows(site: ChaosSite) -> dict[str, int]:
    names = [str(row[0]) for row in site.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: int(site.rows(f'SELECT COUNT(*) FROM "{name}"')[0][0]) for name in names}  # noqa: S608 — its own names


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
