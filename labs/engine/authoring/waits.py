"""Computes the wait of a learner for the verdict on a wrong answer: a check that fails is repeated until its ``within`` is over."""

from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab, Stage

LONG = 30.0  # seconds; more than that is a reason to give the protocols faster timers


@dataclass(frozen=True, slots=True)
class Wait:
    """The check of a stage that keeps a learner waiting longest when it fails."""

    stage: Stage
    check: Check

    @property
    def seconds(self) -> float:
        return self.check.within

    @property
    def is_long(self) -> bool:
        return self.seconds > LONG

    def __str__(self) -> str:
        return f"with a wrong answer the learner waits up to {self.seconds:g} s ({self.check.id})"


def longest_wait(stage: Stage) -> Wait:
    """Return the wait of a stage. Its checks are repeated side by side, so the largest ``within`` counts."""
    return Wait(stage, max(stage.checks, key=lambda check: check.within))


def by_stage(lab: Lab) -> str:
    """Return the waits of a lab's stages in one line."""
    waits = [longest_wait(stage) for stage in lab.stages]
    listed = ", ".join(f"{wait.stage.id} {wait.seconds:g} s" for wait in waits)
    text = f"with a wrong answer the learner waits up to: {listed}"
    slow = [wait.check.id for wait in waits if wait.is_long]
    return f"{text}. Faster timers would let {', '.join(slow)} fail sooner" if slow else text
