"""What people did in courses. The courses themselves are files; a row names them by their ids."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from vaka.accounts.models import User


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def of(self, learner: User) -> Self:
        return self.filter(learner=learner)


class Enrolment(models.Model):
    """Somebody takes a course."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments")
    course = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["learner", "course"], name="courses_enrolled_once")]

    def __str__(self) -> str:
        return f"{self.learner} in {self.course}"


class LessonDoneQuerySet(models.QuerySet["LessonDone"]):
    def ids(self, learner: User, course: str) -> frozenset[str]:
        """Return the ids of the lessons of the course that the learner has done."""
        return frozenset(self.filter(learner=learner, course=course).values_list("lesson", flat=True))


class LessonDone(models.Model):
    """Somebody said that a lesson is done."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lessons_done")
    course = models.CharField(max_length=100)
    lesson = models.CharField(max_length=100)
    done_at = models.DateTimeField(default=timezone.now)

    objects = LessonDoneQuerySet.as_manager()

    class Meta:
        ordering = ["done_at"]
        constraints = [models.UniqueConstraint(fields=["learner", "course", "lesson"], name="courses_done_once")]

    def __str__(self) -> str:
        return f"{self.learner} did {self.course}/{self.lesson}"
