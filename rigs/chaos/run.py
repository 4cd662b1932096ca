"""Runs all faults, each in every phase, and reports what learners saw, how long recovery took, and what was left."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rigs.chaos.chaos_labs import LIGHT
from rigs.chaos.chaos_site import ChaosSite
from rigs.chaos.faults import SiteFault
from rigs.chaos.learner import Learner, Status, is_right, until_right
from rigs.chaos.leftovers import left_over
from rigs.chaos.phases import EVERY, WANTS, everyone, lab_of, together

Tell = Callable[[str], None]
HOLDS_AFTER = 0.5  # seconds after the start of the strike in which the workers take no new task


@dataclass(frozen=True, slots=True)
class PhaseOutcome:
    fault: str
    phase: str
    saw: tuple[str, ...]
    seconds: float | None  # until the learner can work again; None: never

    def line(self) -> str:
        took = "LOST" if self.seconds is None else f"{self.seconds:6.1f} s"
        return f"  {self.phase:<15} {took:>8}  {' → '.join(self.saw)}"


def chaos(site: ChaosSite, faults: Sequence[SiteFault], tell: Tell) -> tuple[list[PhaseOutcome], list[str]]:
    """Let every fault strike. Returns the outcomes and the leftovers."""
    site.enrol(*EVERY)
    site.keep_ready(LIGHT)
    outcomes: list[PhaseOutcome] = []
    left: list[str] = []
    for fault in faults:
        begun = time.monotonic()
        found = wave(site, fault)
        more = left_over(site)
        outcomes += found
        left += [f"{fault.name}: {what}" for what in more]
        tell(f"{fault.name} ({time.monotonic() - begun:.0f} s)")
        for outcome in found:
            tell(outcome.line())
        for what in more:
            tell(f"  LEFT: {what}")
    return outcomes, left


def wave(site: ChaosSite, fault: SiteFault) -> list[PhaseOutcome]:
    """Run one fault in all its phases at once."""
    took: dict[str, float | None] = {}
    with everyone(site, fault.phases, hungry=fault.hungry) as (cast, before, go_on):
        began, struck = time.monotonic(), threading.Event()

        def watch(phase: str, learner: Learner) -> None:
            lab, then = lab_of(phase), before[phase]
            took[phase] = until_right(learner, lab, wants=WANTS.get(phase, ""), before=then, began=began)
            struck.wait()  # a learner who was faster than the fault must be able to work after it as well
            if took[phase] is not None and not is_right(learner, lab, wants=WANTS.get(phase, ""), before=then):
                took[phase] = until_right(learner, lab, wants=WANTS.get(phase, ""), before=then, began=began)

        watching = threading.Thread(target=together, args=(watch, cast))
        if not fault.builds_up:
            watching.start()
        holding = threading.Timer(HOLDS_AFTER, go_on)
        holding.start()
        try:
            fault.strike(site, cast)  # in this thread, because an engine ends with the thread that started it
        finally:
            struck.set()
            if fault.builds_up:
                watching.start()
            holding.join()
            watching.join()
    for learner in cast.values():
        learner.end_typing()
    return [PhaseOutcome(fault.name, phase, tuple(learner.saw), took[phase]) for phase, learner in cast.items()]


def closing(outcomes: Sequence[PhaseOutcome], left: Sequence[str]) -> str:
    right = sum(outcome.seconds is not None for outcome in outcomes)
    return f"{len(outcomes)} combinations, {right} right again, {len(outcomes) - right} lost, {len(left)} left"


__all__ = ["PhaseOutcome", "Status", "chaos", "closing", "wave"]
