"""Jobs: what people ask of a running lab."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import events
from labs.models.states import State


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)

    def returns(self) -> Self:
        """Jobs that bring all nodes back to the start, or to saved work: the learner begins again there."""
        return self.filter(kind__in=(Job.Kind.RESET, Job.Kind.SKIP, Job.Kind.GO_BACK), node="")


class Job(models.Model):
    """Something asked of a ready lab, one at a time. Celery may deliver it twice; only the worker that takes it runs it."""

    class Kind(models.TextChoices):
        ATTEMPT = "attempt", _("Checking your work")
        UNGRADED_CHECK = "ungraded", _("Checking without a grade")
        RESET = "reset", _("Resetting")
        SKIP = "skip", _("Skipping to a stage")
        SAVE = "save", _("Saving your work")
        TICKET = "ticket", _("Preparing your trouble ticket")
        HANDOVER = "handover", _("Preparing the nodes of a seat")
        GO_BACK = "goback", _("Going back to saved work")

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    node = models.CharField(max_length=32, blank=True)  # of a reset; empty: all
    stage = models.CharField(max_length=63, blank=True)  # of a skip: the stage to go to
    save_to_restore = models.ForeignKey("labs.Save", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(ended_at=None), name="labs_one_open_job_per_session"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.session_id}"

    def take(self) -> bool:
        """Take the job. False if somebody has taken it before, or if the lab is not ready any more."""
        now = timezone.now()
        taken = Job.objects.filter(pk=self.pk, taken_at=None, ended_at=None, session__state=State.READY).update(
            taken_at=now
        )
        if taken:
            self.session.log(f"Job {self.pk} ({self.kind}) begins.")
        self.taken_at = now if taken else self.taken_at
        return bool(taken)

    def put_back(self) -> bool:
        """Let another worker take the job, because the one that took it is gone. False if the job ended meanwhile."""
        mine = Job.objects.filter(pk=self.pk, taken_at=self.taken_at, ended_at=None)
        return bool(mine.update(taken_at=None))

    def end(self, error: str = "", detail: str = "", **only: Any) -> bool:
        """End the job; False if it had ended before. ONLY: if its row has these values, such as ``taken_at=None``."""
        ended = Job.objects.filter(pk=self.pk, ended_at=None, **only).update(
            ended_at=timezone.now(), error=error, detail=detail
        )
        if ended:
            self.session.log(f"Job {self.pk} ({self.kind}) has ended. {error}".strip())
            events.publish(self.session_id, "job", kind=self.kind, over=True)
        return bool(ended)
