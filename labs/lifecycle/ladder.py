"""The ladder of trouble tickets: which rungs of which labs a learner has climbed, and which one comes next."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from labs.engine.definition.spec import Lab
from labs.lifecycle import fault_rungs
from labs.models import Attempt, TroubleTicket
from labs.models.trouble_ticket import COSTS, Rung
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of one lab's ladder."""

    rung: Rung
    best: Attempt | None  # that fixed a fault of it: the one with the most points, of these the fastest
    opened: int  # trouble tickets of this rung that the learner has opened
    is_absent: bool = False  # the lab was asked for a fault of this rung, and had none that its checks notice

    @property
    def is_climbed(self) -> bool:
        """Whether a fault of it was fixed before the last hint named the cause."""
        return self.best is not None and self.best.hints < len(COSTS)

    @property
    def shape(self) -> str:
        if self.best:
            return "pass" if self.is_climbed else "assist"
        return "wait" if self.is_absent else "none"

    @property
    def word(self) -> str:
        if self.best:
            return gettext("Fixed") if self.is_climbed else gettext("Fixed with all hints")
        if self.is_absent:
            return gettext("None in this lab")
        return gettext("Not fixed yet") if self.opened else gettext("Not tried yet")

    @property
    def meaning(self) -> Promise:
        return fault_rungs.MEANINGS[self.rung]


@dataclass(frozen=True, slots=True)
class Ladder:
    steps: tuple[Step, ...]

    @property
    def next(self) -> Step:
        """The lowest rung that is not climbed yet; of a ladder that is climbed, the highest one."""
        there = [step for step in self.steps if not step.is_absent] or list(self.steps)
        return next((step for step in there if not step.is_climbed), there[-1])

    @property
    def is_climbed(self) -> bool:
        return all(step.is_climbed or step.is_absent for step in self.steps)


def of(learner: User, lab: Lab) -> Ladder:
    """Return the learner's ladder of one lab."""
    return of_each(learner, [lab])[lab.id]


def of_each(learner: User, labs: Iterable[Lab]) -> dict[str, Ladder]:
    """Return the learner's ladder of each lab, with three queries."""
    found = {lab.id: lab for lab in labs}
    best: dict[tuple[str, Rung], Attempt] = {}
    fixed = Attempt.objects.filter(learner=learner, lab__in=found, kind=Attempt.Kind.TICKET, score__gt=0)
    for attempt in fixed.order_by("-score", "seconds", "pk"):
        if rung := fault_rungs.rung_of(attempt.fault):
            best.setdefault((attempt.lab, rung), attempt)
    opened: Counter[tuple[str, Rung]] = Counter()
    # A ticket that was resumed has a row for each of its sessions
    for lab, _seed, fault in set(_opened(session__learner=learner, session__lab__in=found).values_list(*SAME)):
        if rung := fault_rungs.rung_of(fault):
            opened[lab, rung] += 1
    absent = _absent(found)
    return {
        lab: Ladder(tuple(Step(rung, best.get((lab, rung)), opened[lab, rung], (lab, rung) in absent) for rung in Rung))
        for lab in found
    }


SAME = ("session__lab", "seed", "fault")


def _opened(**of: Any) -> Any:
    return TroubleTicket.objects.filter(opened_at__isnull=False, **of)


def _absent(labs: Mapping[str, Lab]) -> set[tuple[str, Rung]]:
    """Return the rungs of labs of which nobody got a fault who was to get one, in the present version of the lab."""
    rows = _opened(session__lab__in=labs, rung__isnull=False)
    got: dict[tuple[str, Rung], bool] = defaultdict(bool)
    for lab, version, wanted, fault in rows.values_list(*ASKED).distinct():
        if version == labs[lab].version and (rung := fault_rungs.rung_of(fault)):
            got[lab, Rung(wanted)] |= rung == wanted
    return {place for place, is_there in got.items() if not is_there}


ASKED = ("session__lab", "session__lab_version", "rung", "fault")


def had(learner: User, ticket: TroubleTicket) -> Mapping[str, int]:
    """Return how often the learner has had each kind of fault in the lab of a ticket, before that ticket."""
    before = _opened(session__learner=learner, session__lab=ticket.session.lab).exclude(seed=ticket.seed)
    return Counter(fault.partition("@")[0] for _lab, _seed, fault in set(before.values_list(*SAME)))
