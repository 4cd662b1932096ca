"""Somebody who teaches looks on at a learner's terminals; he types there only while the learner allows it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from labs import events

LASTS = timedelta(hours=2)  # then it is over, should nobody have ended it


class ObserverQuerySet(models.QuerySet["Observer"]):
    def open(self) -> Self:
        return self.filter(ended_at=None, began_at__gt=timezone.now() - LASTS)


class Observer(models.Model):
    """One person beside the learner of one session. Whoever makes one has asked for the right."""

    session = models.ForeignKey("labs.LabSession", on_delete=models.CASCADE, related_name="observers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="labs_observed")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # to type, too
    allowed_at = models.DateTimeField(null=True, blank=True)  # the learner said yes

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
    def begin(cls, session: Any, user: Any) -> "tuple[Observer, bool]":
        """The open visit, and whether it has just begun; one that was forgotten is over."""
        now = timezone.now()
        with transaction.atomic():
            cls.objects.filter(session=session, user=user, ended_at=None, began_at__lte=now - LASTS).update(
                ended_at=now
            )
            return cls.objects.get_or_create(session=session, user=user, ended_at=None)

    def becomes(self, **facts: Any) -> bool:
        """Change an open visit; False if it is over. The gateway looks at its terminals at once."""
        changed = Observer.objects.filter(pk=self.pk, ended_at=None).update(**facts)
        for name, value in facts.items():
            setattr(self, name, value)
        events.publish(self.session_id, "seats")
        return bool(changed)


def may_see(sessions: Collection[UUID]) -> dict[tuple[UUID, int], bool]:
    """Who else may see the terminals of these sessions, (session, user), and whether he may type."""
    rows = Observer.objects.open().filter(session__in=sessions).values_list("session", "user", "allowed_at")
    return {(session, user): allowed is not None for session, user, allowed in rows}
