"""Exams of a workshop: their sittings, with the time that is left and the result."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labs.models import Attempt
from vaka.accounts.models import User


class SittingQuerySet(models.QuerySet["Sitting"]):
    def begun(self) -> Self:
        return self.exclude(began_at=None)

    def unfinished(self) -> Self:
        """Sittings that have begun, and whose work is not graded yet."""
        return self.begun().filter(ended_at=None)

    def of(self, user: User | int) -> Self:
        return self.filter(seat__user=user)


class Sitting(models.Model):
    """One seat's one try at an exam. It can have several lab sessions, one after another, if the lab or the server was lost.

    A row without ``began_at`` only says that the team admits the seat, although it joined after the exam was opened.
    """

    item = models.ForeignKey("workshops.AgendaItem", on_delete=models.CASCADE, related_name="sittings")
    seat = models.ForeignKey("workshops.Seat", on_delete=models.CASCADE, related_name="sittings")
    session = models.ForeignKey("labs.LabSession", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    starts = models.PositiveSmallIntegerField(default=0)  # of its lab
    began_at = models.DateTimeField(null=True, blank=True)
    left_s = models.FloatField(default=0.0)  # seconds of its time that were left at ``seen_at``
    # When the site looked at it last: while it is down, no time passes
    seen_at = models.DateTimeField(default=timezone.now)
    given_minutes = models.PositiveIntegerField(
        default=0
    )  # that those who teach gave it, beyond the length of the exam
    handed_in_at = models.DateTimeField(null=True, blank=True)  # by the learner, by the team, or when the time was over
    ended_at = models.DateTimeField(null=True, blank=True)  # graded, and the lab stopped
    # None after the end: the lab was lost too often to be graded
    attempt = models.ForeignKey("labs.Attempt", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = SittingQuerySet.as_manager()

    class Meta:
        ordering = ["seat__number"]
        constraints = [models.UniqueConstraint(fields=["item", "seat"], name="workshops_one_sitting_each")]
        indexes = [
            models.Index(
                fields=["seat"],
                condition=Q(began_at__isnull=False, ended_at__isnull=True),
                name="workshops_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.seat}"

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=max(0.0, self.left_s))

    @property
    def ends_at(self) -> datetime | None:
        """The end of its time; None while the lab starts, because a start does not use the time."""
        return self.session.ends_at if self.session and self.session.ready_at else None

    @property
    def result(self) -> Attempt | None:
        """The result, if it may be read."""
        return self.attempt if self.item.results_opened_at else None
