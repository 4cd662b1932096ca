"""What everybody else feels while one lab is abused: the echo of another learner's keys, and the site's pages."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from labs.engine.shared.wire import Kind as Frame
from rigs.audit.time_limits import within
from rigs.audit.typed import Typed

KEYS, PAGES = 100, 15  # of one measurement
BETWEEN = 0.01  # seconds between two keys
ECHO_TIMES, PAGE_TIMES = 2.0, 1.5  # how much slower than in quiet it may be
ECHO_FLOOR, PAGE_FLOOR = 0.005, 0.01  # seconds: below, an echo is good whatever it was; a page may be so much slower


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds: of the echo the median and the 95th percentile, of the page the median."""

    echo: float
    echo_p95: float
    page: float | None

    def __str__(self) -> str:
        page = "" if self.page is None else f", page {self.page * 1000:.0f} ms"
        return f"echo {self.echo * 1000:.1f} ms (p95 {self.echo_p95 * 1000:.1f}){page}"


class LatencyMeter:
    """Where the others are. ``page`` fetches a page of the site and returns its seconds; ``strict``: too slow is a failure."""

    def __init__(self, typed: Typed, page: Callable[[], float] | None, *, strict: bool) -> None:
        self.typed, self.page, self.strict = typed, page, strict
        self.quiet = Latency(0, 0, None)

    def measure_quiet(self) -> None:
        """Measure while nobody does anything."""
        self.quiet = self.measure()

    def measure(self) -> Latency:
        took = sorted(self._key() for _ in range(KEYS))
        pages = [self.page() for _ in range(PAGES)] if self.page else []
        return Latency(median(took), quantiles(took, n=20)[-1], median(pages) if pages else None)

    def _key(self) -> float:
        """Press a key on the other learner's terminal: seconds until it is on the screen. Raises TookTooLong."""
        time.sleep(BETWEEN)
        began = time.perf_counter()
        self.typed.talk.send(b"x\x7f")
        while True:
            frame = self.typed.talk.receive(within(10))
            if frame and frame.kind is Frame.DATA:
                self.typed.has_drawn(frame.payload)
                if b"x" in frame.payload:
                    return time.perf_counter() - began

    def slower(self, busy: Latency) -> str:
        """What was slower than may be; empty when all is well.

        By the medians: the slowest echoes are told, but in quiet alone they move by more than twice.
        """
        if not self.strict:
            return ""
        if busy.echo > max(ECHO_TIMES * self.quiet.echo, ECHO_FLOOR):
            return "the other learner's echo"
        if (
            busy.page
            and self.quiet.page
            and busy.page > max(PAGE_TIMES * self.quiet.page, self.quiet.page + PAGE_FLOOR)
        ):
            return "the site's page"
        return ""
