"""Seats of a workshop, and the devices that can open them."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vaka.accounts.models import GUEST_PREFIX, User

DETAILS = ("country", "organisation", "gender")  # of a roster, for the report only
SEEN_WITHIN = timedelta(minutes=2)  # an open page of the seat reports once a minute


class SeatQuerySet(models.QuerySet["Seat"]):
    def taken(self) -> Self:
        return self.exclude(user=None)

    def of_guests(self) -> Self:
        """Seats whose user is a guest: ``User.is_guest``, as a query."""
        return self.filter(user__username__startswith=GUEST_PREFIX, user__password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def of(self, user: User | int | None) -> Self:
        return self.filter(user=user)

    def current_of(self, user: User | int | None) -> "Seat | None":
        """The user's seat in a workshop that is not over. Of several, one that is held; of those the one that begins last."""
        mine = self.of(user).filter(workshop__closed_at=None).select_related("workshop")
        current = [seat for seat in mine if not seat.workshop.is_over]
        return max(current, key=lambda seat: (seat.workshop.precedence, seat.pk), default=None)


class Seat(models.Model):
    """A numbered seat of one trainee, or of two who share a computer. Without a user it is reserved for its name."""

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    partner = models.CharField(max_length=100, blank=True)  # the second person at the seat
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workshop_seats", null=True, blank=True
    )
    joined_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # when a page of the seat was last open
    code = models.CharField(max_length=64, blank=True)  # hash of the seat code, which opens the seat once
    code_until = models.DateTimeField(null=True, blank=True)
    # Ids of seat log entries that the trainee removed from the bar
    dismissed = models.JSONField(default=list, blank=True)
    # For the report only. The lead and co-instructors see them; they are deleted GUEST_DAYS after the workshop
    country = models.CharField(max_length=100, blank=True)
    organisation = models.CharField(max_length=100, blank=True)
    gender = models.CharField(max_length=100, blank=True)
    code_for_lost = models.BooleanField(default=False)  # using the code locks out all devices of before

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
    def is_guest(self) -> bool:
        """Whether its user is a guest. Once they have a password, no device and no seat code opens the seat."""
        return self.user is not None and self.user.is_guest

    @property
    def is_online(self) -> bool:
        return self.seen_at is not None and timezone.now() - self.seen_at < SEEN_WITHIN


class Device(models.Model):
    """A browser that can open a guest's seat. Its cookie holds the token; this row holds the token's hash."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64, db_index=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "token_hash"], name="workshops_one_row_for_a_device")]

    def __str__(self) -> str:
        return f"a device of {self.seat}"
