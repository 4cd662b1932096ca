"""What happens in the room: hands that are raised, and what those who run the workshop do. Kept, and shown to whom it was done."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Hand(models.Model):
    """A trainee asks for help; the room does not hear it."""

    seat = models.ForeignKey("workshops.Seat", on_delete=models.CASCADE, related_name="hands")
    text = models.CharField(max_length=300, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    lowered_at = models.DateTimeField(null=True, blank=True)
    lowered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )

    class Meta:
        ordering = ["raised_at"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(lowered_at=None), name="workshops_one_hand_up")
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.text}"


class SeatLogEntryQuerySet(models.QuerySet["SeatLogEntry"]):
    def seen_from(self, seat: Any) -> Self:
        """What was done to the seat, and to all."""
        return self.filter(Q(seat=seat) | Q(seat=None), workshop=seat.workshop_id)


class SeatLogEntry(models.Model):
    """One thing that somebody did to a seat, or to all. The trainee reads it; nobody changes it."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        EXTEND = "extend", _("More time")
        RESET = "reset", _("Reset")
        JUMP = "jump", _("Brought to a stage")
        FIRST = "first", _("Put first in line")
        LOOK = "look", _("Looked on at your terminals")
        ASK = "ask", _("Asked to type in your lab")
        ALLOWED = "allowed", _("May type in your lab: you said yes")
        REFUSED = "refused", _("May not type in your lab: you said no")
        CONTROL = "control", _("Opened a terminal of yours to type in")
        LEAVE = "leave", _("Left your lab")
        CODE = "code", _("Made a code that opens your seat on another device")
        HELPED = "helped", _("Helped")
        PAUSE = "pause", _("Paused the room")
        RESUME = "resume", _("Went on after the pause")
        OPEN = "open", _("Opened a session")
        NAME = "name", _("Wrote the name of the seat anew")
        FREE = "free", _("Freed a seat")
        CLOSE = "close", _("Closed the workshop")
        REOPEN = "reopen", _("Opened the workshop again")
        DAY = "day", _("Ended the day: labs were saved and stopped")
        MORNING = "morning", _("Resumed the labs")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="log_entries")
    seat = models.ForeignKey(
        "workshops.Seat", on_delete=models.CASCADE, related_name="log_entries", null=True, blank=True
    )  # None: all
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=1000, blank=True)  # a message; else what it was done with
    about = models.CharField(max_length=200, blank=True)  # of HELPED: which need, see vaka.workshops.room.needs
    at = models.DateTimeField(default=timezone.now)

    objects = SeatLogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["workshop", "kind", "at"], name="workshops_seat_log")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"
