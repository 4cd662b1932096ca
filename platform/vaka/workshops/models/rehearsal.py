"""The rehearsals of a workshop: its labs, tried before the day."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from vaka.workshops.models.workshop import Workshop


class Rehearsal(models.Model):
    """A trial of one lab of a workshop: it is started, solved up to its last stage, checked and stopped."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="rehearsals")
    lab = models.CharField(max_length=100)
    session = models.ForeignKey("labs.LabSession", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ready_s = models.FloatField(null=True, blank=True)  # seconds from admission until every prompt answers
    checks_passed = models.PositiveSmallIntegerField(default=0)  # in the stages that were solved
    checks_run = models.PositiveSmallIntegerField(default=0)  # in the stages that were solved
    failed = models.JSONField(default=list, blank=True)  # {title, seen} of each of these checks that did not pass
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "lab"], condition=Q(ended_at=None), name="workshops_one_open_rehearsal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lab} in {self.workshop}"

    @property
    def succeeded(self) -> bool:
        return self.ended_at is not None and not self.error and self.checks_passed == self.checks_run
