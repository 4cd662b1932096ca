"""Trouble tickets: which fault is in a lab, what the learner was told about it, and how long they have worked on it."""

from datetime import datetime

from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import events
from labs.models.host import Host

WHOLE = 100  # points of a trouble ticket that was fixed without a hint
COSTS = (10, 10, 30)  # points of the hints: the node, the place on it, the cause


class Rung(models.IntegerChoices):
    """The difficulty of finding a fault. labs.lifecycle.fault_rungs says which kind of fault has which rung, and why."""

    EASY = 1, _("Easy")
    MEDIUM = 2, _("Medium")
    HARD = 3, _("Hard")


class TroubleTicket(models.Model):
    """The trouble ticket of a session. Until it is ``opened_at``, the fault is not in the lab, and nobody may look into the lab.

    Its clock is stopped while the lab does not run, and while an attempt is graded: neither is the learner's time.
    """

    session = models.OneToOneField("labs.LabSession", on_delete=models.CASCADE, related_name="trouble_ticket")
    seed = models.PositiveBigIntegerField()  # chooses the fault; the same seed chooses the same one again
    # The rung that was asked for; the fault is of another one if the lab has none. None: it is older than the ladder
    rung = models.PositiveSmallIntegerField(choices=Rung, null=True, blank=True)
    fault = models.CharField(max_length=200, blank=True)  # labs.engine.faults.Placed.key
    made = models.JSONField(default=dict, blank=True)  # report and cause as Text, node, where, what was typed
    hints = models.PositiveSmallIntegerField(default=0)  # that the learner has opened
    opened_at = models.DateTimeField(null=True, blank=True)
    fixed_at = models.DateTimeField(null=True, blank=True)
    spent = models.FloatField(default=0)  # seconds until the clock was started last
    since = models.DateTimeField(null=True, blank=True)  # when the clock was started last; None: it is stopped

    def __str__(self) -> str:
        return f"Ticket {self.seed} in {self.session_id}"

    @classmethod
    def next_seed(cls, lab: str) -> int:
        """Return the seed after the last one of the lab, so that each learner gets another fault. Needs a transaction."""
        Host.locked()  # else two at the same moment would read the same last seed
        last: int | None = cls.objects.filter(session__lab=lab).aggregate(last=Max("seed"))["last"]
        return 0 if last is None else last + 1

    # The clock

    def start_clock(self) -> None:
        """Start the clock, unless it runs, or the fault is fixed."""
        now = timezone.now()
        stopped = TroubleTicket.objects.filter(pk=self.pk, since=None, fixed_at=None, opened_at__isnull=False)
        stopped.filter(session__state="ready").update(since=now)

    def stop_clock(self, at: datetime) -> None:
        """Stop the clock as of a moment. A second call changes nothing."""
        row = TroubleTicket.objects.filter(pk=self.pk, since__isnull=False).first()
        if row and row.since:
            more = max(0.0, (at - row.since).total_seconds())
            TroubleTicket.objects.filter(pk=self.pk, since=row.since).update(since=None, spent=row.spent + more)

    def fix(self, at: datetime) -> None:
        """Write once that the fault is fixed: all checks pass again."""
        TroubleTicket.objects.filter(pk=self.pk, fixed_at=None).update(fixed_at=at)

    def open_hint(self) -> bool:
        """Open the next hint; of two presses one counts. False if no hint is left, or if the fault is fixed."""
        mine = TroubleTicket.objects.filter(pk=self.pk, hints=self.hints, fixed_at=None, opened_at__isnull=False)
        opened = self.hints < len(COSTS) and bool(mine.update(hints=self.hints + 1))
        if opened:
            events.publish(self.session_id, "hint", hints=self.hints + 1)
        return opened

    @property
    def seconds(self) -> float:
        running = (timezone.now() - self.since).total_seconds() if self.since else 0.0
        return self.spent + max(0.0, running)

    @property
    def points(self) -> int:
        """The points for fixing it now, after the hints that were opened."""
        return WHOLE - sum(COSTS[: self.hints])
