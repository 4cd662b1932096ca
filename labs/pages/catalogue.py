"""The catalogue of labs as a learner sees it: duration, level, the best attempt at each lab, and the lab that runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from labs.engine.definition.spec import Lab, Level
from labs.models import Attempt, LabSession
from labs.registry import versions
from vaka.accounts.models import User

LEVELS = {
    Level.BEGINNER: _("Beginner"),
    Level.INTERMEDIATE: _("Intermediate"),
    Level.ADVANCED: _("Advanced"),
}
PROGRESS = {"none": _("Not yet"), "pass": _("Passed"), "assist": _("Assisted"), "wait": _("Started")}


@dataclass(frozen=True, slots=True)
class Card:
    """One lab and the learner's best attempt at it, which has a shape and a word as a check has."""

    lab: Lab
    best: Attempt | None
    running: bool = False

    @property
    def level(self) -> str:
        return str(LEVELS[self.lab.level])

    @property
    def shape(self) -> str:
        if self.best is None:
            return "none"
        if self.best.is_full:
            return "pass"
        return "assist" if self.best.assisted else "wait"

    @property
    def word(self) -> str:
        return str(PROGRESS[self.shape])


@dataclass(frozen=True, slots=True)
class RunningLab:
    """The learner's live session, or a class lab in which they have a seat. The lab may have left the catalogue."""

    session: LabSession
    title: str


@dataclass(frozen=True)
class Catalogue:
    learner: User

    @cached_property
    def running(self) -> RunningLab | None:
        session = LabSession.objects.live().open_to(self.learner).first()
        if session is None:
            return None
        try:
            return RunningLab(session, versions.newest(session.lab).title)
        except versions.NoSuchLab:
            return RunningLab(session, session.lab)

    @property
    def cards(self) -> Iterator[Card]:
        best = Attempt.objects.best_of_each(self.learner)
        for lab in versions.all_labs():
            is_running = bool(self.running and self.running.session.lab == lab.id)
            yield Card(lab, best.get(lab.id), running=is_running)


def class_lab_of(learner: User, lab: str) -> LabSession | None:
    """Return the live class lab of this lab in which the learner has a seat, if any."""
    return LabSession.objects.live().filter(lab=lab, seats__user=learner).first()
