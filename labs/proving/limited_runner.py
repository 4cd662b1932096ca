"""Runs the labs of a proof with the memory limit of a learner's lab.

The limit of a lab that was never measured is generous. A proof with it would hold for a lab in which the kernel ends the programs
of its learners.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from labs.engine.definition.spec import Lab
from labs.engine.proof.parallel import ParallelRunner, RunningLab
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.models.host import MB

logger = logging.getLogger(__name__)


@dataclass
class LimitedRunner(ParallelRunner):
    """A parallel runner that limits a lab after its start, as a site does; shares capacity and relay with another."""

    _told: set[str] = field(default_factory=set)  # labs

    @classmethod
    def like(cls, other: ParallelRunner) -> Self:
        return cls(other.capacity, other.runner)

    @contextmanager
    def running(self, lab: Lab, solved: Lab | None = None, *, save: bytes | None = None) -> Iterator[RunningLab]:
        with super().running(lab, save=save) as running:
            limit = memory_limit_mb(lab, running.memory())
            running.engine.fit(running.client.session, lab, memory=limit * MB)
            if solved:
                self.type(running.client, solved)
            yield running
            found = running.engine.container_of(running.client.session)
            if found and found.oom and lab.id not in self._told:
                self._told.add(lab.id)
                logger.error(
                    "%s: The kernel has ended a program because the lab's memory was full (%d MB). A learner's lab has no "
                    "more. Write a higher limits.memory into lab.yaml.",
                    lab.id,
                    limit,
                )
