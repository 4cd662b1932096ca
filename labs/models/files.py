"""Rows of what a lab has left as files of the state folder: its work at some moment, and packets that were heard in it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import events


class NoSave(Exception):
    """The saved work is not there any more."""


class Save(models.Model):
    """A lab's work, as it was at one moment: what to bring back in another session. Its file: labs.lifecycle.saves."""

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
    left_out = models.JSONField(default=list, blank=True)  # what is not in it, in the lab's words: hostile

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["learner", "lab", "-made_at"], name="labs_save_newest")]

    def __str__(self) -> str:
        return f"{self.lab} at {self.made_at:%H:%M:%S}"


class Capture(models.Model):
    """Packets of one interface of a lab. Two files have them (labs.lifecycle.captures); until it is over, the lab holds it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="captures")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True)
    number = models.PositiveIntegerField()  # that the lab's supervisor knows it by
    interface = models.CharField(max_length=40)  # NODE:INTERFACE
    filter = models.CharField(max_length=200, blank=True)
    seconds = models.PositiveSmallIntegerField()
    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=10, blank=True)  # it ended: labs.engine.runtime.client.Captured
    packets = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)  # bytes

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{self.interface} at {self.begun_at:%H:%M:%S}"

    def end(self, why: str, packets: int | None = None, size: int | None = None) -> bool:
        """Write down that it is over, once; False if it was."""
        self.why, self.ended_at = why, timezone.now()
        self.packets = self.packets if packets is None else packets
        self.size = self.size if size is None else size
        facts = {name: getattr(self, name) for name in ("why", "ended_at", "packets", "size")}
        ended = Capture.objects.filter(pk=self.pk, ended_at=None).update(**facts)
        if ended:
            events.publish(self.session_id, "capture", over=True)
        return bool(ended)
