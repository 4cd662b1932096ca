"""The seat log: what the workshop team did to a seat, or to all seats. The trainee can read it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.workshops.models.seat import Seat


class SeatLogEntryQuerySet(models.QuerySet["SeatLogEntry"]):
    def readable_at(self, seat: Seat) -> Self:
        """Entries about the seat, and those about all seats of its workshop. The freeing of another seat is not among them."""
        mine = self.filter(Q(seat=seat) | Q(seat=None), workshop=seat.workshop_id)
        return mine.exclude(kind=SeatLogEntry.Kind.FREE)


class SeatLogEntry(models.Model):
    """One action on a seat, or on all seats. The trainee can read it; nobody can change it."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        EXTEND = "extend", _("Time added")
        RESET = "reset", _("Lab reset")
        SKIP_TO_STAGE = "skip_to_stage", _("Skipped to a stage")
        PUT_FIRST = "put_first", _("Put first in the queue")
        OBSERVE = "observe", _("Started to observe your terminals")
        ASK_TO_TYPE = "ask_to_type", _("Asked to type in your lab")
        ALLOWED = "allowed", _("You gave permission to type in your lab")
        REFUSED = "refused", _("You refused or withdrew permission to type in your lab")
        TYPE = "type", _("Opened a terminal of your lab to type")
        STOP_OBSERVING = "stop_observing", _("Stopped observing your terminals")
        SEAT_CODE = "seat_code", _("Made a code that opens your seat on another device")
        HELPED = "helped", _("Helped")
        PAUSE = "pause", _("Paused the room")
        RESUME = "resume", _("Ended the pause")
        OPEN_ITEM = "open_item", _("Opened an agenda item")
        CLOSE_ITEM = "close_item", _("Closed an agenda item again")
        RENAME = "rename", _("Changed the name of the seat")
        FREE = "free", _("Freed a seat")  # kept, and shown at no other seat
        CLOSE = "close", _("Closed the workshop")
        REOPEN = "reopen", _("Reopened the workshop")
        END_DAY = "end_day", _("Ended the day: labs are saved and stopped")
        RESUME_LABS = "resume_labs", _("Resumed the labs")
        ADMIT = "admit", _("Admitted to an exam")
        END_EXAM = "end_exam", _("Ended an exam")
        OPEN_RESULTS = "open_results", _("Opened the results of an exam")
        ATTENDANCE = "attendance", _("Marked attendance by hand")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="log_entries")
    # None: the entry is about all seats
    seat = models.ForeignKey(
        "workshops.Seat", on_delete=models.CASCADE, related_name="log_entries", null=True, blank=True
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True)
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.CharField(max_length=1000, blank=True)  # of a message; else a detail, such as the minutes added
    about = models.CharField(max_length=200, blank=True)  # of HELPED: ``Need.about`` in vaka.workshops.room.needs
    # Of RESET and SKIP_TO_STAGE in a lab of one person: what was asked of the lab. It says if and how it was done
    job = models.ForeignKey("labs.Job", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = SeatLogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["workshop", "kind", "at"], name="workshops_seat_log")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and self.job.ended_at is None

    @property
    def error(self) -> str:
        """The reason for which the action failed, in English; empty if it was done, or is under way."""
        return self.job.error if self.job else ""
