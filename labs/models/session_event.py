"""The history of each session's states."""

from django.db import models

from labs.models.states import State


class SessionEvent(models.Model):
    """One change of a session's state, written in the transaction that made it."""

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=State)
    generation = models.PositiveIntegerField()
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["state", "at"], name="labs_event_state_at")]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%H:%M:%S}"
