"""Who sits in a workshop: a seat, the devices that keep it, and the days on which its trainee was there."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

HERE = timedelta(minutes=2)  # since we heard of an open page of his; the page says a word each minute


class SeatQuerySet(models.QuerySet["Seat"]):
    def taken(self) -> Self:
        return self.exclude(user=None)

    def of(self, user: Any) -> Self:
        return self.filter(user=user)

    def now_of(self, user: Any) -> "Seat | None":
        """His seat in a workshop that is not over; of several the one that begins last."""
        mine = self.of(user).filter(workshop__closed_at=None).select_related("workshop")
        return next((seat for seat in mine.order_by("-workshop__first_day", "-pk") if not seat.workshop.is_over), None)


class Seat(models.Model):
    """A numbered place with one trainee, or two who share a laptop. Without a user it waits for who has its name."""

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="places")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    partner = models.CharField(max_length=100, blank=True)  # the second of two people on it
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workshop_seats", null=True, blank=True
    )
    is_guest = models.BooleanField(default=False)  # its user was made for it, and has no password yet
    joined_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # a page of his was open then
    code = models.CharField(max_length=64, blank=True)  # hash of what lets another device in, once
    code_until = models.DateTimeField(null=True, blank=True)
    code_for_lost = models.BooleanField(default=False)  # then the devices of before are let in no more

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "number"], name="workshops_one_seat_of_a_number"),
            models.UniqueConstraint(
                fields=["workshop", "user"], condition=Q(user__isnull=False), name="workshops_one_seat_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.names}, seat {self.number}"

    @property
    def names(self) -> str:
        return f"{self.name} & {self.partner}" if self.partner else self.name

    @property
    def is_here(self) -> bool:
        return self.seen_at is not None and timezone.now() - self.seen_at < HERE


class Device(models.Model):
    """A browser that keeps a seat. It has the token, in a cookie; we have its hash."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64, db_index=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "token_hash"], name="workshops_one_row_for_a_device")]

    def __str__(self) -> str:
        return f"a device of {self.seat}"


class Attendance(models.Model):
    """A day of the workshop on which a page of the seat was open."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()  # by the clock there
    first_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["seat", "day"], name="workshops_one_row_for_a_day")]

    def __str__(self) -> str:
        return f"{self.seat} on {self.day}"


class RoomNetwork(models.Model):
    """A network in which somebody of the team had the room page open on a day: what comes from there comes from the room."""

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="networks")
    day = models.DateField()  # by the clock there
    network = models.CharField(max_length=64)  # an address, an IPv6 /64, or "private"
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    first_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["first_at"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "day", "network"], name="workshops_one_row_for_a_network")
        ]

    def __str__(self) -> str:
        return f"{self.network} on {self.day}"


class Presence(models.Model):
    """A stretch of time in which a page of the seat was open in the room. From where else it was open nobody keeps."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="stretches")
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["seat", "-last_at"], name="workshops_presence_of_seat")]

    def __str__(self) -> str:
        return f"{self.seat}, {self.began_at:%H:%M} to {self.last_at:%H:%M}"
