"""The latency that others see while one lab is abused: the echo of another learner's keys, and pages of the site."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from labs.engine.shared.wire import Kind as Frame
from rigs.audit.terminal import AuditTerminal
from rigs.audit.time_limits import within

KEYS, PAGES = 100, 15  # of one measurement
BETWEEN = 0.01  # seconds between two keys
ECHO_TIMES, PAGE_TIMES = 2.0, 1.5  # the most that each may be slower than in a quiet lab
ECHO_FLOOR, PAGE_FLOOR = 0.005, 0.01  # seconds: an echo below this is always good; a page may be this much slower


@dataclass(frozen=True, slots=True)
class Latency:
    """In seconds: the median and the 95th percentile of the echo, and the median of the page."""

    echo: float
    echo_p95: float
    page: float | None

    def __str__(self) -> str:
        page = "" if self.page is None else f", page {self.page * 1000:.0f} ms"
        return f"echo {self.echo * 1000:.1f} ms (p95 {self.echo_p95 * 1000:.1f}){page}"


class LatencyMeter:
    """Measures the latency of others. PAGE fetches a page of the site and returns its seconds; STRICT: too slow is a failure."""

    def __init__(self, typed: AuditTerminal, page: Callable[[], float] | None, *, strict: bool) -> None:
        self.typed, self.page, self.strict = typed, page, strict
        self.quiet = Latency(0, 0, None)

    def measure_quiet(self) -> None:
        """Measure while nothing else happens, for comparison."""
        self.quiet = self.measure()

    def measure(self) -> Latency:
        took = sorted(self._key() for _ in range(KEYS))
        pages = [self.page() for _ in range(PAGES)] if self.page else []
        return Latency(median(took), quantiles(took, n=20)[-1], median(pages) if pages else None)

    def _key(self) -> float:
        """Press a key in the other learner's terminal; returns the seconds until it is on the screen. Raises TookTooLong."""
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
        """The measurements that were too slow; empty if nothing was.

        The medians decide. The slowest echoes are reported only, as they vary by more than twice even in a quiet lab.
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
