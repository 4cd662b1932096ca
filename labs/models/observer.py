"""Observers: people who teach and watch a learner's terminals. They type there only while the learner allows it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from labs import events
from vaka.accounts.models import User

LASTS = timedelta(hours=2)  # after this time observing ends by itself


class ObserverQuerySet(models.QuerySet["Observer"]):
    def open(self) -> Self:
        return self.filter(ended_at=None, began_at__gt=timezone.now() - LASTS)


class Observer(models.Model):
    """One person who observes one session. The code that creates a row has checked that they may."""

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="observers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="labs_observed")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # when the observer asked to type
    allowed_at = models.DateTimeField(null=True, blank=True)  # when the learner allowed it

    objects = ObserverQuerySet.as_manager()

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"], condition=Q(ended_at=None), name="labs_one_observer_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.session_id}"

    @property
    def may_type(self) -> bool:
        return self.allowed_at is not None

    @classmethod
    def begin(cls, session: UUID, user: User) -> "tuple[Observer, bool]":
        """Return the person's open row for a session, and whether it is new. A row older than LASTS is ended first."""
        now = timezone.now()
        with transaction.atomic():
            cls.objects.filter(session_id=session, user=user, ended_at=None, began_at__lte=now - LASTS).update(
                ended_at=now
            )
            return cls.objects.get_or_create(session_id=session, user=user, ended_at=None)

    def change(self, **fields: Any) -> bool:
        """Change fields of an open row; False if observing has ended. The gateway checks its terminals at once."""
        changed = Observer.objects.filter(pk=self.pk, ended_at=None).update(**fields)
        for name, value in fields.items():
            setattr(self, name, value)
        events.publish(self.session_id, "seats")
        return bool(changed)


def observers_of(sessions: Collection[UUID]) -> dict[tuple[UUID, int], bool]:
    """Return the open observers of these sessions as (session, user), and whether each of them may type."""
    rows = Observer.objects.open().filter(session__in=sessions).values_list("session", "user", "allowed_at")
    return {(session, user): allowed is not None for session, user, allowed in rows}
