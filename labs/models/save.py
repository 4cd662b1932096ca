"""Saved work."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs.models.states import Exam


class NoSave(Exception):
    """The saved work is not there any more."""


class SaveQuerySet(models.QuerySet["Save"]):
    def resumable(self) -> Self:
        """Saves that a lab session can begin with or go back to. The work of an exam is not: only the exam continues it."""
        return self.filter(session__exam=Exam.NONE)

    def of_lab_itself(self) -> Self:
        """Work on the lab itself, without that on trouble tickets, whose faults would come back."""
        return self.filter(session__trouble_ticket=None)


class Save(models.Model):
    """A lab's work at one moment, to be restored in another session. Its file: labs.lifecycle.saves."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("Asked for")
        CHANGE = "change", _("Something changed")
        STAGE = "stage", _("A stage was passed")
        IDLE = "idle", _("Nobody typed")
        STOP = "stop", _("Stopped")
        DEADLINE = "deadline", _("Its time was over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="saves")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_saves")
    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    seed = models.PositiveBigIntegerField(default=0)
    assisted = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=10, choices=Reason)
    made_at = models.DateTimeField(default=timezone.now)
    size = models.PositiveIntegerField()  # bytes of its file
    left_out = models.JSONField(default=list, blank=True)  # what the file lacks, in the lab's words: hostile

    objects = SaveQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["learner", "lab", "-made_at"], name="labs_save_newest")]

    def __str__(self) -> str:
        return f"{self.lab} at {self.made_at:%H:%M:%S}"
