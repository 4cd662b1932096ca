"""Attempts: the graded results of which a learner's scores are made. They are kept unchanged."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labs.models.verdict_fields import VerdictFields
from labs.models.write_once import WriteOnce, WriteOnceQuerySet
from vaka.accounts.models import User


class AttemptQuerySet(WriteOnceQuerySet["Attempt"]):
    def best(self, user: User, lab: str) -> "Attempt | None":
        """Return the learner's best attempt at a lab; of equal scores the first. A check without a grade never counts."""
        return self.filter(learner=user, lab=lab, kind=Attempt.Kind.ATTEMPT).order_by("-score", "pk").first()

    def best_of_each(self, user: User) -> "dict[str, Attempt]":
        """Return the learner's best attempt at each lab that they have tried."""
        best: dict[str, Attempt] = {}
        for attempt in self.filter(learner=user, kind=Attempt.Kind.ATTEMPT).order_by("-score", "pk"):
            best.setdefault(attempt.lab, attempt)
        return best


class AttemptManager(models.Manager["Attempt"]):
    """All attempts but those of exams, which only the pages of exams show, once their results are opened."""

    def get_queryset(self) -> AttemptQuerySet:
        return AttemptQuerySet(self.model, using=self._db).exclude(kind=Attempt.Kind.EXAM)

    def best(self, user: User, lab: str) -> "Attempt | None":
        return self.get_queryset().best(user, lab)

    def best_of_each(self, user: User) -> "dict[str, Attempt]":
        return self.get_queryset().best_of_each(user)


class Attempt(WriteOnce):
    """One run of the grader over a running lab. A class lab gets one for each seat (labs.lifecycle.attempts)."""

    class Kind(models.TextChoices):
        ATTEMPT = "attempt", _("Attempt")
        UNGRADED_CHECK = "ungraded", _("Check without a grade")
        TICKET = "ticket", _("Trouble ticket")  # never a lab's score: the site had solved the lab
        EXAM = "exam", _("Exam")  # never a lab's score either

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="attempts")
    job = models.ForeignKey("labs.Job", on_delete=models.CASCADE, related_name="attempts")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_attempts")
    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    seed = models.PositiveBigIntegerField(default=0)
    assisted = models.JSONField(default=list, blank=True)  # ids of stages that the site did or had shown: no points
    supervised_by = models.CharField(max_length=200, blank=True)  # title of the workshop in which it was asked for
    kind = models.CharField(max_length=10, choices=Kind)
    # Of a trouble ticket: the fault to fix, and the seed that chose it
    fault = models.CharField(max_length=200, blank=True)
    fault_seed = models.PositiveBigIntegerField(null=True, blank=True)
    hints = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)  # that the learner had spent on the trouble ticket by then
    score = models.PositiveIntegerField()
    out_of = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()  # points of checks that could not be run; they count neither way
    asked_at = models.DateTimeField()
    # When its learner had last typed or changed a cable, by then; None: never, or not known
    worked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    objects = AttemptManager()
    with_exams = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["learner", "lab", "-score"], name="labs_attempt_best")]
        constraints = [models.UniqueConstraint(fields=["job", "learner"], name="labs_one_attempt_per_job")]

    def __str__(self) -> str:
        return f"{self.score} / {self.out_of} in {self.lab}"

    @property
    def is_full(self) -> bool:
        """Whether it has every point, and every check could be run."""
        return self.score == self.out_of > 0 and not self.unknown


class VerdictRecord(WriteOnce, VerdictFields):
    """The verdict on one check in an attempt, or in a check without a grade."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="verdicts")
    evidence = models.JSONField(default=dict)
    seconds = models.FloatField()

    objects = WriteOnceQuerySet["VerdictRecord"].as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["attempt", "check_id"], name="labs_one_verdict_per_check")]
