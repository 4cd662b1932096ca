"""Seats of class labs."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ClassSeat(models.Model):
    """One trainee's place in a class lab: a session that several people share, each with nodes of their own."""

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_seats")
    nodes = models.JSONField(default=list)  # names of the nodes that are theirs
    since = models.DateTimeField(default=timezone.now)  # work that was saved earlier belongs to somebody else

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="labs_one_seat_per_user")]

    def __str__(self) -> str:
        return f"{self.user} on {', '.join(self.nodes)}"
