"""What was seen in a lab, check by check: the fields of a verdict, and what is true now.

An attempt keeps its own verdicts for ever (labs.models). Here is one row for each check of a session: its last verdict, from a
look or an attempt, and when it passed first. Texts are those of labs.engine.text. All of it may come out of a lab: hostile.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone

from labs import events
from labs.engine.grading.grading import ON_ASKING

if TYPE_CHECKING:
    from labs.engine.grading.grading import Verdict
    from labs.models import LabSession

UNKNOWN = "unknown"  # the outcome of a check that we could not look at
KNOWN = ("passed", "failed", "waiting")


class VerdictFields(models.Model):
    """The fields that say what one check saw."""

    check_id = models.CharField(max_length=100)
    stage = models.CharField(max_length=100)
    outcome = models.CharField(max_length=10)
    points = models.PositiveIntegerField()
    out_of = models.PositiveIntegerField()
    expected = models.JSONField()
    seen = models.JSONField()
    cause = models.JSONField(null=True)
    command = models.TextField(blank=True)
    node = models.CharField(max_length=32, blank=True)
    read_more = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.check_id}: {self.outcome}"

    @staticmethod
    def facts(verdict: "Verdict") -> dict[str, Any]:
        """Return the fields' values."""
        return {
            "check_id": verdict.check,
            "stage": verdict.stage,
            "outcome": str(verdict.outcome),
            "points": verdict.points,
            "out_of": verdict.out_of,
            "expected": verdict.expected.as_json(),
            "seen": verdict.seen.as_json(),
            "cause": verdict.cause.as_json() if verdict.cause else None,
            "command": verdict.command,
            "node": verdict.node,
            "read_more": list(verdict.read_more),
        }


class CheckStatus(VerdictFields):
    """One check of a session as it is now. After a reset its outcome is empty until somebody has looked."""

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="check_statuses")
    since = models.DateTimeField()  # when the outcome became what it is
    seen_at = models.DateTimeField()  # of the last look that saw it so and wrote something down
    missed = models.BooleanField(default=False)  # we looked again and could not see; the row says what was seen before
    first_passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["session", "check_id"], name="labs_one_status_per_check")]

    @property
    def is_known(self) -> bool:
        return self.outcome in KNOWN

    @classmethod
    def take(cls, session: "LabSession", verdicts: Sequence["Verdict"], *, ended: bool) -> bool:
        """Write down what has changed and tell the open pages; whether there was anything.

        ``ended``: no look follows soon, so the time of this one is written down too.
        """
        now, verdicts = timezone.now(), session.counted(verdicts)
        if not ended and not cls._changed(session, verdicts, now):  # most looks: they do not ask SQLite for its one pen
            events.publish(session.pk, "look", at=now.isoformat(), changed=False)
            return False
        with transaction.atomic():
            changed = cls._changed(session, verdicts, now)
            fields = [field.name for field in cls._meta.fields if field.name not in ("id", "session", "check_id")]
            CheckStatus.objects.bulk_create(
                changed, update_conflicts=True, unique_fields=["session", "check_id"], update_fields=fields
            )
            if ended:
                seen = [verdict.check for verdict in verdicts if verdict.outcome != UNKNOWN]
                cls.objects.filter(session=session, check_id__in=seen).update(seen_at=now)
            events.publish(session.pk, "look", at=now.isoformat(), changed=bool(changed))
        return bool(changed)

    @classmethod
    def _changed(cls, session: "LabSession", verdicts: Sequence["Verdict"], now: datetime) -> list["CheckStatus"]:
        """Return the rows that are to be written."""
        rows = {row.check_id: row for row in cls.objects.filter(session=session)}
        blind = any(verdict.outcome == UNKNOWN for verdict in verdicts)
        return [row for v in verdicts if (row := cls._after(rows.get(v.check), session, v, now, blind=blind))]

    @classmethod
    def _after(
        cls, row: "CheckStatus | None", session: "LabSession", verdict: "Verdict", now: datetime, *, blind: bool
    ) -> "CheckStatus | None":
        """Return the row as it is to be written, or None if it stays. ``blind``: something could not be looked at."""
        facts = cls.facts(verdict)
        if row and row.is_known and (verdict.outcome == UNKNOWN or (blind and verdict.outcome == "waiting")):
            stays, row.missed = row.missed, True
            return None if stays else row
        if row and row.outcome in ("passed", "failed") and verdict.seen.msgid == ON_ASKING:
            return None  # a look passes over what would disturb the network; what an attempt saw there stands
        if row and row.outcome == "failed" == facts["outcome"] and row.seen == facts["seen"] and not verdict.further:
            facts["cause"] = row.cause  # somebody looked further for it before
        if row and not row.missed and all(getattr(row, name) == value for name, value in facts.items()):
            return None
        row = row or cls(session=session, since=now)
        if row.outcome != facts["outcome"]:
            row.since = now
            own = verdict.stage not in session.assisted
            if facts["outcome"] == "passed" and row.first_passed_at is None and own:
                row.first_passed_at = now
        for name, value in {**facts, "seen_at": now, "missed": False}.items():
            setattr(row, name, value)
        return row

    @classmethod
    def unexplained(cls, session: "LabSession") -> Callable[["Verdict"], bool]:
        """Return what says of a verdict whether its check is newly failed: it passed once, and nobody has looked further since."""
        rows = {row.check_id: row for row in cls.objects.filter(session=session, first_passed_at__isnull=False)}

        def newly_failed(verdict: "Verdict") -> bool:
            row = rows.get(verdict.check)
            own = verdict.cause.as_json() if verdict.cause else None
            known = (
                row is not None and row.outcome == "failed" and row.seen == verdict.seen.as_json() and row.cause != own
            )
            return row is not None and not known

        return newly_failed

    @classmethod
    def forget(cls, session: "LabSession") -> None:
        """A reset makes untrue what was seen before, but not that it was achieved."""
        cls.objects.filter(session=session).update(outcome="", points=0, missed=False, since=timezone.now())
