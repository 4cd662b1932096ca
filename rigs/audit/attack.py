"""The attacks of the audit: what each tries, which wall stops it, and which wall its control removes to show that it is real."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from labs.engine.errors import EngineError
from rigs.audit.scene import LEARNER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import SecondWall, Wall


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """The end of an attack. ``said`` is one line of evidence. ``slow``: others had to wait, and nothing worse."""

    through: bool
    said: str
    slow: bool = False


ANSWER = re.compile(r"=audit= (.*?) =end=", re.DOTALL)
SCRIPT_SECONDS = 20  # of one attack

Judge = Callable[[Scene, str], AttackOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack, made as root in a learner's node.

    Its script prints a line THROUGH or REFUSED with the reason. A reset of the node ends what it leaves running. A ``judge``
    decides from outside instead: it is called when the script has ended, or at once where ``beside`` is set.
    """

    id: str
    title: str
    wall: str  # what stops it, in words
    perl: str = ""  # a script, with kit/Probe.pm loaded
    bash: str = ""
    judge: Judge | None = None
    beside: bool = False  # the judge acts while the script runs
    measures_latency: bool = False  # the latency of others is measured before and meanwhile
    # It may end the learner's own lab, whose nodes share one memory limit (docs/threat-model.md), and nobody else's
    own_lab: bool = False
    control: Wall | None = None  # without this wall, the same attack must come through
    behind: tuple[SecondWall, ...] = ()  # unless one of these also stops it

    @property
    def second_walls(self) -> list[str]:
        """The names of the other walls that stop it on this server."""
        return [wall.name for wall in self.behind if wall.stands()]

    @property
    def script(self) -> tuple[str, str]:
        """The name and the text of its file in the node."""
        if self.perl:
            return f"{self.id}.pl", self.perl
        return f"{self.id}.sh", self.bash

    def make_in(self, scene: Scene) -> AttackOutcome:
        """Make the attack in a running lab, and judge it."""
        if self.measures_latency:
            scene.latency.measure_quiet()
        typed = scene.terminal(LEARNER)
        try:
            typed.type(f"/run/audit/try {self.id} {within(SCRIPT_SECONDS):.0f}")
            if self.beside and self.judge:
                return self.judge(scene, "")
            said = typed.until(ANSWER, within(SCRIPT_SECONDS + 10))[1]
        except EngineError as error:
            said = f"NOTHING {error}"
        finally:
            typed.close()
        if self.judge:
            return self.judge(scene, said)
        word, _, reason = said.partition(" ")
        # A script that prints neither has not shown that it was refused.
        return refused(reason) if word == "REFUSED" else through(reason if word == "THROUGH" else said)


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    attacks: tuple[Attack, ...]


def refused(said: str) -> AttackOutcome:
    return AttackOutcome(False, said)


def through(said: str, *, slow: bool = False) -> AttackOutcome:
    return AttackOutcome(True, said, slow)
