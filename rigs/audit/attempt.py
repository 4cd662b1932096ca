"""What the audit is made of: attempts, what stops each, and the wall that is taken away to show that an attempt is real."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rigs.audit.walls import SecondWall, Wall

if TYPE_CHECKING:
    from rigs.audit.scene import Scene


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. ``said`` is the evidence, in one line. ``slow``: others had to wait, and no more."""

    through: bool
    said: str
    slow: bool = False


Judge = Callable[["Scene", str], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt, made as root in a learner's node.

    Its script prints a line THROUGH or REFUSED and why; what it leaves running is ended by a reset of the node. A ``judge``
    looks from our side instead: it is called when the script has ended, or at once where ``beside`` is set.
    """

    id: str
    title: str
    wall: str  # what stops it, in words
    perl: str = ""  # a script, with kit/Probe.pm loaded
    bash: str = ""
    judge: Judge | None = None
    beside: bool = False  # the judge acts while the script runs
    felt: bool = False  # what others feel is measured, in quiet and meanwhile
    own_lab: bool = (
        False  # it may cost the learner's own lab, whose memory is one (docs/threat-model.md); nobody else's
    )
    control: Wall | None = None  # with this one wall away, the same attempt must come through
    behind: tuple[SecondWall, ...] = ()  # unless one of these stands there

    @property
    def second_walls(self) -> list[str]:
        """What else stops it on this machine."""
        return [wall.name for wall in self.behind if wall.stands()]

    @property
    def script(self) -> tuple[str, str]:
        """The name and the text of its file in the node."""
        if self.perl:
            return f"{self.id}.pl", self.perl
        return f"{self.id}.sh", self.bash


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    attempts: tuple[Attempt, ...]


def refused(said: str) -> Outcome:
    return Outcome(False, said)


def through(said: str, *, slow: bool = False) -> Outcome:
    return Outcome(True, said, slow)
