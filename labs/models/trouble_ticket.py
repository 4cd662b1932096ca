"""A lab opened as a trouble ticket: which fault is in it, what its learner was told, and for how long he has had it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Max
from django.utils import timezone

from labs import events
from labs.engine.checks import Outcome
from labs.models.lab_cost import Host

if TYPE_CHECKING:
    from labs.engine.grading.grading import Verdict
    from labs.engine.trouble_tickets.preparation import PreparedTicket
    from labs.models import LabSession
    from labs.models.attempt import Attempt

WHOLE = 100  # points of a ticket that was fixed without a hint
COSTS = (10, 10, 30)  # points of the hints: the node, the place on it, the cause


def may_open(user: Any, best: "Attempt | None") -> bool:
    """Whether he may open a lab as a ticket: who has passed it may, and staff."""
    return bool(user.is_instructor or (best and best.is_full))


class TroubleTicket(models.Model):
    """The ticket of a session. What was put into the lab is known when it is ``opened_at``; before, nobody may look into the lab.

    Its clock stands still while the lab does not run, and while we look at it: neither is the learner's time.
    """

    session = models.OneToOneField("labs.LabSession", on_delete=models.CASCADE, related_name="trouble_ticket")
    seed = models.PositiveBigIntegerField()  # which fault; the same seed puts the same one in again
    fault = models.CharField(max_length=200, blank=True)  # labs.engine.faults.PlacedFault.key
    made = models.JSONField(default=dict, blank=True)  # report and cause as Text, node, where, what was typed
    hints = models.PositiveSmallIntegerField(default=0)  # that the learner has opened
    opened_at = models.DateTimeField(null=True, blank=True)
    fixed_at = models.DateTimeField(null=True, blank=True)
    spent = models.FloatField(default=0)  # seconds, without those since the clock was started last
    since = models.DateTimeField(null=True, blank=True)  # when that was; None: it stands still

    def __str__(self) -> str:
        return f"Ticket {self.seed} in {self.session_id}"

    @classmethod
    def next_seed(cls, lab: str) -> int:
        """The number after the last of the lab: who comes after somebody, or with him, gets another fault. Inside a transaction."""
        Host.locked()  # two at one moment would both see the same last one
        last: int | None = cls.objects.filter(session__lab=lab).aggregate(last=Max("seed"))["last"]
        return 0 if last is None else last + 1

    @classmethod
    def again(cls, session: "LabSession", saved: "LabSession") -> None:
        """Make a session that resumes a ticket's work the same ticket, as far as its learner has come with it anywhere."""
        if old := saved.ticket:
            same = cls.objects.filter(session__learner=saved.learner_id, session__lab=saved.lab, seed=old.seed)
            newest = same.exclude(opened_at=None).order_by("pk").last() or old
            kept = {
                name: getattr(newest, name) for name in ("fault", "made", "hints", "opened_at", "fixed_at", "spent")
            }
            cls.objects.create(session=session, seed=old.seed, **kept)

    # What becomes of it

    def open(self, prepared: "PreparedTicket") -> None:
        """The fault is in: the learner may look, and his clock starts."""
        placed = prepared.placed
        self.made = {
            "report": prepared.report.as_json(),
            "cause": prepared.cause.as_json() if prepared.cause else None,
            "node": placed.node,
            "where": placed.where,
            "typed": list(placed.inject),
        }
        self.fault, self.opened_at = placed.key, timezone.now()
        self.save(update_fields=["made", "fault", "opened_at"])
        self.go_on()

    def go_on(self) -> None:
        """Start the clock, unless it runs, or all is done."""
        now = timezone.now()
        standing = TroubleTicket.objects.filter(pk=self.pk, since=None, fixed_at=None, opened_at__isnull=False)
        standing.filter(session__state="ready").update(since=now)

    def stand_still(self, at: datetime) -> None:
        """Stop the clock, as of a moment. Who comes second changes nothing."""
        row = TroubleTicket.objects.filter(pk=self.pk, since__isnull=False).first()
        if row and row.since:
            more = max(0.0, (at - row.since).total_seconds())
            TroubleTicket.objects.filter(pk=self.pk, since=row.since).update(since=None, spent=row.spent + more)

    def fix(self, at: datetime) -> None:
        """All passes again: once."""
        TroubleTicket.objects.filter(pk=self.pk, fixed_at=None).update(fixed_at=at)

    def open_hint(self) -> bool:
        """Open the next hint; of two presses one counts. False if there is none, or nothing to find any more."""
        mine = TroubleTicket.objects.filter(pk=self.pk, hints=self.hints, fixed_at=None, opened_at__isnull=False)
        opened = self.hints < len(COSTS) and bool(mine.update(hints=self.hints + 1))
        if opened:
            events.publish(self.session_id, "extended", hints=self.hints + 1)
        return opened

    # What it is now

    @property
    def seconds(self) -> float:
        running = (timezone.now() - self.since).total_seconds() if self.since else 0.0
        return self.spent + max(0.0, running)

    @property
    def points(self) -> int:
        """What it is worth, with the hints that were opened."""
        return WHOLE - sum(COSTS[: self.hints])

    def judged(self, verdicts: Sequence["Verdict"]) -> dict[str, Any]:
        """What an attempt keeps of the ticket: all points if every check of the solved lab passes, else none.

        Of what we could not look at nothing is said: neither fixed nor not.
        """
        outcomes = {verdict.outcome for verdict in verdicts}
        blind = Outcome.UNKNOWN in outcomes and Outcome.FAILED not in outcomes
        fixed = outcomes == {Outcome.PASSED}
        score = {"score": self.points if fixed else 0, "out_of": WHOLE, "unknown": WHOLE if blind else 0}
        return {
            **score,
            "fault": self.fault,
            "fault_seed": self.seed,
            "hints": self.hints,
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Judging:
    fixed: bool = False


@contextmanager
def clock_stopped(session: "LabSession", at: datetime) -> Iterator[Judging]:
    """While we look at a ticket its clock stands, from when its learner asked; unless all is fixed it then goes on."""
    judging, ticket = Judging(), session.ticket
    if ticket:
        ticket.stand_still(at)
        ticket.refresh_from_db()
    try:
        yield judging
    finally:
        if ticket:
            if judging.fixed:
                ticket.fix(at)
            ticket.go_on()
