"""Runs the labs of a trial that is made again: each has converged before anything is typed into it, as a learner's lab has.

A lab is ready when its prompts are, and its sessions may still be down. What is typed then is not a learner's: a hold time that
is set before a session has started counts at once, and the mistake of not starting the session again is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from labs.engine.definition.spec import Lab
from labs.engine.proof.parallel import RunningLab
from labs.engine.runtime import convergence
from labs.engine.shared import pace
from labs.proving.limited_runner import LimitedRunner

MOST = 10.0  # seconds: a lab that begins with a mistake may never converge


class ConvergedRunner(LimitedRunner):
    """A runner that waits until a lab has converged before it types into it."""

    @contextmanager
    def running(self, lab: Lab, solved: Lab | None = None, *, save: bytes | None = None) -> Iterator[RunningLab]:
        with super().running(lab, save=save) as running:
            if solved:
                convergence.wait(lab, running.client, seconds=pace.seconds(MOST))
                self.type(running.client, solved)
            yield running
