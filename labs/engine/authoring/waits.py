"""Computes how long a learner waits for the verdicts of an attempt.

A check that fails is repeated until its ``within`` is over. Checks are repeated side by side, but those with ``do`` are made one
after the other, and take their time also if they pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab, Stage

LONG = 30.0  # seconds; more than that is a reason to change the lab
# Seconds of a check with ``do`` that passes (measured): the condition before it, the change, and a network that has recovered
DISTURBANCE, OF_A_TRACEROUTE = 4.0, 8.0


@dataclass(frozen=True, slots=True)
class Wait:
    """The wait for the verdicts of these checks."""

    checks: tuple[Check, ...]

    @property
    def slowest(self) -> Check | None:
        """The check that takes longest to fail, of those without ``do``."""
        return max((check for check in self.checks if not check.do), key=lambda check: check.within, default=None)

    @property
    def disturbing(self) -> list[Check]:
        return [check for check in self.checks if check.do]

    @property
    def if_right(self) -> float:
        """Seconds, if all of them pass."""
        return sum(_disturbance(check) for check in self.disturbing)

    @property
    def if_wrong(self) -> float:
        """Seconds, at most."""
        side_by_side = self.slowest.within if self.slowest else 0.0
        return side_by_side + self.if_right + sum(check.within for check in self.disturbing)

    def __str__(self) -> str:
        named = [self.slowest.id] if self.slowest else []
        named += [_with_do(self.disturbing)] if self.disturbing else []
        return f"with a wrong answer the learner waits up to {self.if_wrong:g} s ({', then '.join(named)})"


def longest_wait(stage: Stage) -> Wait:
    """Return the wait for the verdicts of a stage."""
    return Wait(stage.checks)


def by_stage(lab: Lab) -> str:
    """Return the waits of a lab's stages in one line, with an advice if they are long."""
    waits = {stage.id: longest_wait(stage) for stage in lab.stages}
    whole = Wait(tuple(lab.checks()))
    listed = ", ".join(f"{stage} {wait.if_wrong:g} s" for stage, wait in waits.items())
    text = f"with a wrong answer the learner waits up to: {listed}"
    if whole.disturbing:
        text += f"; with a right one about {whole.if_right:g} s ({_with_do(whole.disturbing)})"
    return ". ".join([text, *_advice(waits.values(), whole)])


def _advice(waits: Iterable[Wait], whole: Wait) -> Iterable[str]:
    if slow := [wait.slowest.id for wait in waits if wait.slowest and wait.slowest.within > LONG]:
        yield f"Faster timers would let {', '.join(slow)} fail sooner"
    if is_long(whole.if_right):
        yield FEWER


def is_long(seconds: float) -> bool:
    return seconds > LONG


FEWER = "Fewer checks with do would shorten it"


def _disturbance(check: Check) -> float:
    return OF_A_TRACEROUTE if check.type == "net.no_loops" else DISTURBANCE


def _with_do(checks: list[Check]) -> str:
    count = len(checks)
    return "1 check with do" if count == 1 else f"{count} checks with do, one after the other"
