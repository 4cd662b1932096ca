"""Seats of class labs."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ClassSeat(models.Model):
    """One trainee's place in a class lab: a session that several people share, each with nodes of their own.

    A person who stands up (``left_at``) keeps the seat, and its nodes run on. While they are away, the instructor may let a bot
    play it (``bot_at``): their work is kept (``SeatWork``), and they find it when they come back.
    """

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_seats")
    nodes = models.JSONField(default=list)  # names of the nodes that are theirs
    since = models.DateTimeField(default=timezone.now)  # work that was saved earlier belongs to somebody else
    # When its holder opened the class lab themselves; None: they were only given the seat, and no attempt is theirs
    opened_at = models.DateTimeField(null=True, blank=True)
    # Somebody typed on its nodes last; None: not since their reset
    worked_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)  # since when its holder is away; None: they sit there
    bot_at = models.DateTimeField(null=True, blank=True)  # since when a bot plays it for its holder
    check_asked_at = models.DateTimeField(null=True, blank=True)  # its holder waits for a check of their work
    assisted = models.JSONField(default=list, blank=True)  # ids of the stages that the site did at this seat

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="labs_one_seat_per_user")]

    def __str__(self) -> str:
        return f"{self.user} on {', '.join(self.nodes)}"

    @property
    def is_away(self) -> bool:
        return self.left_at is not None


class SeatWork(models.Model):
    """The work of a seat that a bot plays, for its holder. It comes out of a lab, so here it is only bytes that nobody opens."""

    seat = models.OneToOneField(ClassSeat, on_delete=models.CASCADE, related_name="work")
    packed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"The work of {self.seat_id}"
