"""The last line of a rehearsal: its measurements, and whether they keep their limits."""

import threading
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, Self

from rigs.bench.figures import percentile
from rigs.rehearsal.notes import Notes

ASKED = {"page_p95_s": 0.3, "verdict_p95_s": 1.0, "room_p95_s": 1.5, "errors": 0, "room_view_wrong": 0}
SLOWEST = 3  # pages that are named
EVERY = 0.5  # seconds between two samples of the memory


def figures(ready_s: float, notes: Notes, peak_mb: float) -> dict[str, Any]:
    """Return all figures, in seconds with three decimals. A figure without measurements is None."""
    return {
        "ready_s": round(ready_s, 2),
        "page_p95_s": _p95(notes.times["page"]),
        "echo_p95_s": _p95(notes.times["echo"]),
        "verdict_p95_s": _p95(notes.times["verdict"]),
        "room_p95_s": _p95(notes.times["room"]),
        "peak_mb": round(peak_mb),
        "errors": len(notes.errors),
        "room_view_wrong": len(notes.wrong),
    }


def slow_parts(notes: Notes) -> list[str]:
    """Return a sentence about checks and one about pages: where the time was."""
    said = []
    if notes.times["look"]:
        looked, beside = notes.times["look"], notes.times["beside"]
        said.append(
            f"a check looked for {median(looked):.1f} s, 95 of 100 for at most {percentile(looked, 0.95):.1f} s; "
            f"waiting and showing took {median(beside):.1f} s, 95 of 100 at most {percentile(beside, 0.95):.1f} s"
        )
    slowest = sorted(notes.slowest.items(), key=itemgetter(1), reverse=True)[:SLOWEST]
    if slowest:
        said.append("slowest pages: " + ", ".join(f"{path} {seconds:.2f} s" for path, seconds in slowest))
    return said


def missed(found: Mapping[str, Any]) -> list[str]:
    """Return the figures that miss their limit."""
    return [
        f"{key} is {found[key]}, asked for is {most}"
        for key, most in ASKED.items()
        if found[key] is None or found[key] > most
    ]


def _p95(times: Sequence[float]) -> float | None:
    return round(percentile(times, 0.95), 3) if times else None


class Memory:
    """Samples how much of the machine's memory is used at most."""

    def __init__(self) -> None:
        self._before = self._least = available_mb()
        self._over = threading.Event()
        self._sampling = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak_mb(self) -> float:
        return max(0.0, self._before - self._least)

    def __enter__(self) -> Self:
        self._sampling.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._sampling.join(5)

    def _sample(self) -> None:
        while not self._over.wait(EVERY):
            self._least = min(self._least, available_mb())


def available_mb() -> float:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1024
