"""The labs as a learner chooses among them: how long, how hard, and how far he has come in each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Card:
    """One lab and the learner's best attempt at it. Like a check, how far he is has a shape and a word."""

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
        return str({"none": _("Not yet"), "pass": _("Passed"), "assist": _("Assisted"), "wait": _("Begun")}[self.shape])


@dataclass(frozen=True, slots=True)
class Running:
    """The learner's live session, or a class's in which he sits, with its lab's title; the lab may have left the catalogue."""

    session: LabSession
    title: str


def running(learner: User) -> Running | None:
    session = LabSession.objects.live().open_to(learner).first()
    if session is None:
        return None
    try:
        return Running(session, versions.newest(session.lab).title)
    except versions.NoSuchLab:
        return Running(session, session.lab)


def class_lab(learner: User, lab: str) -> LabSession | None:
    """The class lab in which he has a seat, if one of this lab runs."""
    return LabSession.objects.live().filter(lab=lab, seats__user=learner).first()


def cards(learner: User, labs: Iterable[Lab], now: Running | None) -> Iterator[Card]:
    best = Attempt.objects.best_of_each(learner)
    for lab in labs:
        yield Card(lab, best.get(lab.id), running=bool(now and now.session.lab == lab.id))
