"""The remains of deleted accounts to be removed: files, and the containers of their labs. The rows hold numbers only."""

from typing import Self

from django.db import models
from django.utils import timezone


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def under_way(self) -> Self:
        return self.filter(done_at=None)


class Erasure(models.Model):
    """One deleted account.

    The worker removes what is left, and repeats that for a while, in case something is written late. Then the row goes too.
    """

    person = models.PositiveBigIntegerField()  # the account's number: the name of its folder of saves
    captures = models.JSONField(default=list)  # ids
    sessions = models.JSONField(default=list)  # ids of labs that ran or waited
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    def __str__(self) -> str:
        return f"of account {self.person}"
