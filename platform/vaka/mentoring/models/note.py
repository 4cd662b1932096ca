"""Notes about trainees and for them, replies, comments, and whom each of them reaches."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User
from vaka.mentoring.models.mentorship import has_mentor
from vaka.mentoring.models.programme import LONGEST, Programme
from vaka.mentoring.models.question import Question


class NoteQuerySet(models.QuerySet["Note"]):
    def for_mentor(self, mentor: User) -> Self:
        """Return the notes about the mentor's current trainees: their own, and those of others that are not private."""
        return self.filter(has_mentor(mentor)).filter(Q(author=mentor) | ~Q(reach=Note.Reach.PRIVATE))

    def for_coordinator(self, coordinator: User) -> Self:
        """Return the notes for a programme that the person may manage, about its current trainees."""
        led = Programme.objects.led_by(coordinator)
        return self.filter(has_mentor(), programme__in=led, reach=Note.Reach.PROGRAMME)

    def for_trainee(self, trainee: User) -> Self:
        return self.filter(trainee=trainee, reach=Note.Reach.SHARED)


class Note(models.Model):
    """A text about a trainee or for them. With a question it is a reply, with an attempt it is a comment."""

    class Reach(models.TextChoices):
        PRIVATE = "private", _("Only I")
        SHARED = "shared", _("The trainee too")
        PROGRAMME = "programme", _("The programme: its coordinators, and the next mentor")

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="notes")
    trainee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes_about")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes_written")
    reach = models.CharField(max_length=10, choices=Reach)
    text = models.TextField(max_length=LONGEST)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    attempt = models.ForeignKey("labs.Attempt", on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    written_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)  # when the trainee first opened a page with it

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "pk"]
        indexes = [models.Index(fields=["trainee", "written_at"], name="mentoring_notes_of_trainee")]
        constraints = [
            models.CheckConstraint(
                condition=Q(question=None) | Q(reach="shared"), name="mentoring_answers_reach_the_trainee"
            )
        ]

    def __str__(self) -> str:
        return f"A note about {self.trainee}"
