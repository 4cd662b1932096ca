"""The questions of trainees to their mentors."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from vaka.accounts.models import User
from vaka.mentoring.models.mentorship import has_mentor
from vaka.mentoring.models.programme import LONGEST, Programme


class QuestionQuerySet(models.QuerySet["Question"]):
    def for_mentor(self, mentor: User) -> Self:
        return self.filter(has_mentor(mentor))


class Question(models.Model):
    """A trainee's question, with a copy of its subject at that time. Replies are notes that refer to it."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    trainee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField(max_length=LONGEST)
    about = models.JSONField(default=dict)  # vaka.mentoring.questions; partly from a lab, so not trusted
    attempt = models.ForeignKey("labs.Attempt", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    waits_since = models.DateTimeField(null=True, blank=True)  # for a mentor's answer; None: answered

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["trainee", "waits_since"], name="mentoring_open_questions")]

    def __str__(self) -> str:
        return f"A question of {self.trainee}"
