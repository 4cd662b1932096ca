"""Mentorships and the invitations to them.

A mentor sees a trainee's work only while their mentorship is open. ``MentorshipQuerySet.open`` defines when that is; every
other query of mentoring relies on it.
"""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from vaka.accounts.models import MENTORS, User
from vaka.mentoring.models.programme import Membership, Programme

INVITATION_LASTS = timedelta(days=30)  # after that, nobody can answer it


class MentorshipQuerySet(models.QuerySet["Mentorship"]):
    def of_mentors(self) -> Self:
        """Return those whose mentor may mentor now.

        The mentor is active, in the group of mentors and a member of the programme, and the programme is not over.
        """
        member = Membership.objects.filter(programme=OuterRef("programme"), mentor=OuterRef("mentor"), ended_at=None)
        today = timezone.localdate()
        running = Q(programme__ends=None) | Q(programme__ends__gte=today)
        return self.filter(running, Exists(member), ended_at=None, mentor__is_active=True, mentor__groups__name=MENTORS)

    def open(self) -> Self:
        """Return those in which the mentor sees the trainee's work: the trainee consented, and nobody has ended it."""
        return self.of_mentors().filter(consented_at__isnull=False, trainee__is_active=True)

    def waiting(self) -> Self:
        """Return the invitations that can still be answered."""
        return self.of_mentors().filter(consented_at=None, invited_at__gt=timezone.now() - INVITATION_LASTS)

    def between(self, mentor: User, trainee: User) -> Self:
        return self.filter(mentor=mentor, trainee=trainee)


class Mentorship(models.Model):
    """One mentor and one trainee in a programme.

    Without consent it is an invitation. An invitation by link has no trainee until somebody who has its key consents. A
    transfer is a new invitation whose ``follows`` refers to the old mentorship.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="mentorships")
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentorships")
    trainee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentored_in", null=True, blank=True
    )
    key = models.CharField(max_length=43, blank=True)  # of the link; empty once it is answered
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    consented_at = models.DateTimeField(null=True, blank=True)
    # Whether the trainee has agreed that the mentor opens copies of their labs; earlier consents did not say so
    may_copy = models.BooleanField(default=False)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MentorshipQuerySet.as_manager()

    class Meta:
        ordering = ["invited_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "mentor", "trainee"],
                condition=Q(ended_at=None, trainee__isnull=False),
                name="mentoring_one_live_mentorship",
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="mentoring_one_for_a_key"),
            models.CheckConstraint(
                condition=Q(consented_at=None) | Q(trainee__isnull=False), name="mentoring_somebody_consented"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} mentors {self.trainee or 'nobody yet'}"

    @property
    def is_expired(self) -> bool:
        """Whether it is an invitation that nobody answered in time."""
        return self.consented_at is None and self.invited_at <= timezone.now() - INVITATION_LASTS


def mentorships_of(trainee: User) -> models.QuerySet["Mentorship"]:
    """The open mentorships in which somebody mentors this person."""
    return Mentorship.objects.open().filter(trainee=trainee)


def has_mentor(mentor: User | None = None) -> Exists:
    """Return the condition that the row's trainee has an open mentorship in the row's programme, with MENTOR if given."""
    mentorships = Mentorship.objects.open().filter(programme=OuterRef("programme"), trainee=OuterRef("trainee"))
    return Exists(mentorships.filter(mentor=mentor) if mentor else mentorships)
