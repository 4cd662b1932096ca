"""The rows of what learners did in courses. The courses themselves are files; rows refer to them by id."""

from collections import defaultdict
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from vaka.accounts.models import User


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def of(self, learner: User) -> Self:
        return self.filter(learner=learner)


class Enrolment(models.Model):
    """A learner is enrolled in a course."""

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
        """Return the ids of the lessons of the course that the learner has marked as done."""
        return frozenset(self.filter(learner=learner, course=course).values_list("lesson", flat=True))


class LessonDone(models.Model):
    """A learner marked a lesson as done."""

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


class QuizAnswerQuerySet(models.QuerySet["QuizAnswer"]):
    def of(self, learner: User) -> Self:
        return self.filter(learner=learner)

    def finished_and_not_right(self, learner: User) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return, by quiz, the ids of the questions that are finished, and of those that were answered and are not right yet.

        A question is finished when it is answered correctly, or when its answer was shown. One query.
        """
        finished: dict[str, set[str]] = defaultdict(set)
        tried: dict[str, set[str]] = defaultdict(set)
        for quiz, question, right, shown in self.of(learner).values_list("quiz", "question", "right", "shown"):
            (finished if right or shown else tried)[quiz].add(question)
        return finished, {quiz: questions - finished[quiz] for quiz, questions in tried.items()}


class QuizAnswer(models.Model):
    """One try at a question, or the learner's request to see the answer. A row never changes."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_answers")
    quiz = models.CharField(max_length=100)
    question = models.CharField(max_length=100)
    given = models.JSONField(default=list)  # the answer as texts, so that people can read it later; empty when shown
    right = models.BooleanField(default=False)
    shown = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    # Of a try that waited in a browser: handed in twice, it counts once
    key = models.UUIDField(null=True, editable=False)

    objects = QuizAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["learner", "quiz"], name="courses_answers_of_quiz")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(right=True, shown=True), name="courses_shown_is_not_right"),
            models.UniqueConstraint(fields=["learner", "key"], name="courses_one_try_for_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} on {self.quiz}/{self.question}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A quiz answer cannot be changed.")
        super().save(*args, **kwargs)


class RecallCard(models.Model):
    """A question that a learner has finished in a lesson, and when it comes back. ``courses.recall`` computes the day. It
    changes neither the progress in a course, nor a certificate, nor what a mentor sees.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recall_cards")
    quiz = models.CharField(max_length=100)
    question = models.CharField(max_length=100)
    right = models.BooleanField()  # the last answer; in the lesson, the first one
    stability = models.FloatField()  # days after which the learner still knows the answer with a probability of 90 %
    difficulty = models.FloatField()  # from 1 to 10
    answered_at = models.DateTimeField()
    due = models.DateTimeField()

    class Meta:
        ordering = ["due", "pk"]
        constraints = [models.UniqueConstraint(fields=["learner", "quiz", "question"], name="courses_one_card_each")]
        indexes = [models.Index(fields=["learner", "due"], name="courses_cards_due")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}/{self.question} on {self.due:%Y-%m-%d}"


class RecallAnswer(models.Model):
    """An answer to a question that came back. It is not a try of the quiz, and changes no score. A row never changes."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recall_answers")
    quiz = models.CharField(max_length=100)
    question = models.CharField(max_length=100)
    given = models.JSONField(default=list)  # as in QuizAnswer; empty when the learner did not know
    right = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["learner", "quiz", "question"], name="courses_recall_answers")]

    def __str__(self) -> str:
        return f"{self.learner} again on {self.quiz}/{self.question}"

    @property
    def shown(self) -> bool:
        """Whether the learner asked for the answer instead of giving one, as in QuizAnswer."""
        return not self.given


class TestPaper(models.Model):
    """A learner's answers to the test before or after a course. They hand it in once; it never changes."""

    __test__ = False  # it is no test of ours, whatever pytest thinks of its name

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="test_papers")
    course = models.CharField(max_length=100)
    part = models.CharField(max_length=10)  # courses.blueprint.Part
    # By question: its objective, what was given (null: nothing), whether it is right
    answers = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["learner", "course", "part"], name="courses_one_paper_each")]

    def __str__(self) -> str:
        return f"{self.learner}: test {self.part} {self.course}"

    @property
    def right(self) -> int:
        return sum(bool(answer["right"]) for answer in self.answers.values())


class SurveyReply(models.Model):
    """A learner's opinion of a course. Reports show it without names."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="survey_replies")
    course = models.CharField(max_length=100)
    answers = models.JSONField(default=dict)  # by question: a number from 1 to 5, or a text
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["learner", "course"], name="courses_one_reply_each")]

    def __str__(self) -> str:
        return f"{self.learner} on {self.course}"
