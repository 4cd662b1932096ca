"""What a pass of the grader saw, kept for ever as it was: what a learner's score is made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import hooks
from labs.engine.definition.seats import checks_of
from labs.models.check_status import UNKNOWN, CheckStatus, VerdictFields
from labs.models.write_once import Kept, KeptQuerySet

if TYPE_CHECKING:
    from labs.engine.definition.spec import Check, Lab
    from labs.engine.grading.grading import Verdict
    from labs.models import Job, LabSession


class AttemptQuerySet(KeptQuerySet["Attempt"]):
    def best(self, user: Any, lab: str) -> "Attempt | None":
        """The learner's best attempt at a lab; of equals the first. A look never counts."""
        return self.filter(learner=user, lab=lab, kind=Attempt.Kind.ATTEMPT).order_by("-score", "pk").first()

    def best_of_each(self, user: Any) -> "dict[str, Attempt]":
        """The learner's best attempt at each lab that he has tried."""
        best: dict[str, Attempt] = {}
        for attempt in self.filter(learner=user, kind=Attempt.Kind.ATTEMPT).order_by("-score", "pk"):
            best.setdefault(attempt.lab, attempt)
        return best


class Attempt(Kept):
    """One pass of the grader over a live lab, kept for ever as it was. Of a class lab there is one for each seat."""

    class Kind(models.TextChoices):
        ATTEMPT = "attempt", _("Attempt")
        LOOK = "look", _("Look")
        TICKET = "ticket", _("Trouble ticket")  # never a lab's score: the lab was solved for him

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="attempts")
    job = models.ForeignKey("labs.Job", on_delete=models.CASCADE, related_name="attempts")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_attempts")
    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    seed = models.PositiveBigIntegerField(default=0)
    assisted = models.JSONField(default=list, blank=True)  # ids of the stages that were done for him: they gave nothing
    supervised_by = models.CharField(max_length=200, blank=True)  # title of the event in which it was asked for
    kind = models.CharField(max_length=10, choices=Kind)
    fault = models.CharField(
        max_length=200, blank=True
    )  # of a ticket: what was to be fixed, and the seed that chose it
    fault_seed = models.PositiveBigIntegerField(null=True, blank=True)
    hints = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)  # that its learner had spent on the ticket when he asked
    score = models.PositiveIntegerField()
    out_of = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()  # points of checks that we could not look at; they count neither way
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["learner", "lab", "-score"], name="labs_attempt_best")]
        constraints = [models.UniqueConstraint(fields=["job", "learner"], name="labs_one_attempt_per_job")]

    def __str__(self) -> str:
        return f"{self.score} / {self.out_of} in {self.lab}"

    @property
    def is_full(self) -> bool:
        """Whether it has every point, and nothing that we could not look at."""
        return self.score == self.out_of > 0 and not self.unknown

    @classmethod
    def record(cls, job: "Job", lab: "Lab", verdicts: "Sequence[Verdict]", started: datetime) -> None:
        """Keep what a pass of the grader saw: for the session's learner, or for each seat what is his."""
        session = job.session
        verdicts = session.counted(verdicts)
        with transaction.atomic():
            for learner, checks in _counts_for(session, lab).items():
                cls._keep(job, learner, checks, verdicts, started)
            CheckStatus.take(session, verdicts, ended=True)

    @classmethod
    def _keep(
        cls,
        job: "Job",
        learner: int,
        checks: "Sequence[Check]",
        verdicts: "Sequence[Verdict]",
        started: datetime,
    ) -> None:
        ids = {check.id for check in checks}
        mine = [verdict for verdict in verdicts if verdict.check in ids]
        own = [verdict for verdict in mine if verdict.stage not in job.session.assisted]
        facts: dict[str, Any] = {
            "kind": cls.Kind(job.kind),
            "score": sum(verdict.points for verdict in mine),
            "out_of": sum(check.points for check in checks),
            "unknown": sum(verdict.out_of for verdict in own if verdict.outcome == UNKNOWN),
        }
        if ticket := job.session.ticket:
            ticket.refresh_from_db()
            facts |= ticket.judged(verdicts)
            facts["kind"] = cls.Kind.TICKET if facts["kind"] == cls.Kind.ATTEMPT else facts["kind"]
        attempt = cls.objects.create(
            session=job.session,
            job=job,
            learner_id=learner,
            lab=job.session.lab,
            lab_version=job.session.lab_version,
            seed=job.session.seed,
            assisted=job.session.assisted,
            supervised_by=hooks.event_of(learner, job.session.lab, job.asked_at),
            asked_at=job.asked_at,
            started_at=started,
            finished_at=timezone.now(),
            **facts,
        )
        VerdictRecord.objects.bulk_create(VerdictRecord.of(attempt, verdict) for verdict in mine)


def _counts_for(session: "LabSession", lab: "Lab") -> "dict[int, list[Check]]":
    """Whom a pass of the grader counts for, and which of its checks."""
    seats = list(session.seats.all())
    if seats:
        seated = [node for seat in seats for node in seat.nodes]
        return {seat.user_id: checks_of(lab, seat.nodes, seated) for seat in seats}
    if session.learner_id is None:
        raise ValueError(f"{session} is nobody's: nothing in it counts.")
    return {session.learner_id: list(lab.checks())}


class VerdictRecord(Kept, VerdictFields):
    """What one check saw in an attempt or a look that was asked for."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="verdicts")
    evidence = models.JSONField(default=dict)
    seconds = models.FloatField()

    objects = KeptQuerySet["VerdictRecord"].as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["attempt", "check_id"], name="labs_one_verdict_per_check")]

    @classmethod
    def of(cls, attempt: Attempt, verdict: "Verdict") -> "VerdictRecord":
        more = {"evidence": dict(verdict.evidence), "seconds": verdict.seconds}
        return cls(attempt=attempt, **cls.facts(verdict), **more)
