"""Mentoring programmes, and the mentors who are their members."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User

LONGEST = 5000  # characters of a question, note or description


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def running(self, today: date) -> Self:
        return self.filter(Q(ends=None) | Q(ends__gte=today))

    def led_by(self, user: User) -> Self:
        """Return the programmes that the user may manage: administrators all of them, other people those that they coordinate."""
        return self.all() if user.is_staff else self.filter(coordinators=user)


class Programme(models.Model):
    """A mentoring programme: mentors and trainees for some weeks or months."""

    title = models.CharField(_("Title"), max_length=100)
    description = models.TextField(_("Description"), max_length=LONGEST, blank=True)
    # Free text: the language that its people speak
    language = models.CharField(_("Language"), max_length=40, blank=True)
    begins = models.DateField(_("Begins"), default=date.today)
    ends = models.DateField(_("Ends"), null=True, blank=True)  # the last day; after it, mentors see nothing
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="programmes_led", blank=True, verbose_name=_("Coordinators")
    )
    # People whom a coordinator has added, and who have not accepted: this gives them no right, and takes none
    asked_coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="programmes_asked_to_lead", blank=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["-begins", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.ends is not None and self.ends < timezone.localdate()


class Membership(models.Model):
    """A mentor's membership in a programme. Trainees have a ``Mentorship`` instead."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="memberships")
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentor_in")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True)  # shown to the mentor's trainees

    class Meta:
        ordering = ["added_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "mentor"], condition=Q(ended_at=None), name="mentoring_one_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mentor} in {self.programme}"

    @property
    def is_away(self) -> bool:
        return self.away_until is not None and self.away_until > timezone.localdate()
