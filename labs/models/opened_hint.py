"""The hints that a learner has opened in a lab session."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class OpenedHint(models.Model):
    """One hint of a check that a learner has opened, and when they did so first. Nobody else reads it.

    Rows are written by labs.lifecycle.opened_hints. In a class lab each learner has their own.
    """

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="opened_hints")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opened_hints")
    check_id = models.CharField(max_length=100)
    number = models.PositiveSmallIntegerField()  # from 1; the gentlest is the first
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "learner", "check_id", "number"], name="labs_one_row_per_opened_hint"
            )
        ]

    def __str__(self) -> str:
        return f"Hint {self.number} of {self.check_id}"
