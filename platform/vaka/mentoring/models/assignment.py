"""Lessons and labs that a mentor sets, with a due date."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vaka.accounts.models import User
from vaka.mentoring.models.mentorship import has_mentor
from vaka.mentoring.models.programme import Programme


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def for_mentor(self, mentor: User) -> Self:
        return self.filter(has_mentor(mentor))

    def for_trainee(self, trainee: User) -> Self:
        """Return the trainee's assignments in programmes in which they have a mentor now."""
        return self.filter(has_mentor(), trainee=trainee)


class Assignment(models.Model):
    """A lesson or a lab that a mentor sets, with a due date. Courses and labs store whether it is done."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="assignments")
    trainee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    course = models.CharField(max_length=100, blank=True)
    lesson = models.CharField(max_length=100, blank=True)
    lab = models.CharField(max_length=100, blank=True)
    due_on = models.DateField()
    set_at = models.DateTimeField(default=timezone.now)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lab="", course__gt="", lesson__gt="") | Q(lab__gt="", course="", lesson=""),
                name="mentoring_a_lesson_or_a_lab",
            ),
            models.UniqueConstraint(
                fields=["programme", "trainee", "course", "lesson", "lab"], name="mentoring_due_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lab or self.lesson} by {self.due_on}"

    @property
    def is_late(self) -> bool:
        return self.due_on < timezone.localdate()
