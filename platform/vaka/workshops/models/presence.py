"""The presence of a seat: its days of attendance, the networks that are the room, and the times that it was in the room.

The team's marks, which correct the attendance at an agenda item, are here too.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Attendance(models.Model):
    """A day of the workshop on which a page of the seat was open, from any network."""

    seat = models.ForeignKey("workshops.Seat", on_delete=models.CASCADE, related_name="attendance_days")
    day = models.DateField()  # in the time zone of the workshop
    first_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["seat", "day"], name="workshops_one_row_for_a_day")]

    def __str__(self) -> str:
        return f"{self.seat} on {self.day}"


class RoomNetwork(models.Model):
    """A network in which a member of the team had the Room page open on that day. Requests from it come from the room."""

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="room_networks")
    day = models.DateField()  # in the time zone of the workshop
    network = models.CharField(max_length=64)  # an IPv4 address, an IPv6 /64, or "private"
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    first_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["first_at"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "day", "network"], name="workshops_one_row_for_a_network")
        ]

    def __str__(self) -> str:
        return f"{self.network} on {self.day}"


class AttendanceMark(models.Model):
    """The team's own note that a seat attended an agenda item, or did not. It prevails over presence in the room."""

    seat = models.ForeignKey("workshops.Seat", on_delete=models.CASCADE, related_name="attendance_marks")
    item = models.ForeignKey("workshops.AgendaItem", on_delete=models.CASCADE, related_name="attendance_marks")
    attended = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["item", "seat"]
        constraints = [models.UniqueConstraint(fields=["seat", "item"], name="workshops_one_mark_for_an_item")]

    def __str__(self) -> str:
        return f"{self.seat} {'attended' if self.attended else 'missed'} {self.item}"


class Presence(models.Model):
    """A period in which a page of the seat was open in the room. Pages that are open elsewhere leave no record."""

    seat = models.ForeignKey("workshops.Seat", on_delete=models.CASCADE, related_name="presences")
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["seat", "-last_at"], name="workshops_presence_of_seat")]

    def __str__(self) -> str:
        return f"{self.seat}, {self.began_at:%H:%M} to {self.last_at:%H:%M}"
