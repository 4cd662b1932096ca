"""Raised hands: a trainee asks the workshop team for help."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Hand(models.Model):
    """One request for help. Only the workshop team sees it, never the other trainees."""

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
