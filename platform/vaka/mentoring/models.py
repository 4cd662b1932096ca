"""Who follows whom in which programme, and what they wrote to each other.

A mentor sees something of a trainee while their mentorship is open, and not before or after: ``MentorshipQuerySet.open``
says when that is, and everything else here asks it.
"""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import MENTORS, User

INVITED_FOR = timedelta(days=30)  # an invitation that nobody has answered by then is over
LONGEST = 5000  # characters of what somebody writes


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def running(self, today: date) -> Self:
        return self.filter(Q(ends=None) | Q(ends__gte=today))

    def led_by(self, user: User) -> Self:
        """Programmes whose people the user sees and may change: the site's staff all, everybody else what they coordinate."""
        return self.all() if user.is_staff else self.filter(coordinators=user)


class Programme(models.Model):
    """Mentors and trainees for some weeks or months."""

    title = models.CharField(_("Title"), max_length=100)
    description = models.TextField(_("Description"), max_length=LONGEST, blank=True)
    language = models.CharField(_("Language"), max_length=40, blank=True)  # that people speak in it, in their words
    begins = models.DateField(_("Begins"), default=date.today)
    ends = models.DateField(_("Ends"), null=True, blank=True)  # its last day; from the next one no mentor sees anything
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="programmes_led", blank=True, verbose_name=_("Coordinators")
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
    """Somebody mentors in a programme."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="memberships")
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentor_in")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True)  # his trainees read it

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


class MentorshipQuerySet(models.QuerySet["Mentorship"]):
    def of_mentors(self) -> Self:
        """Of people who may mentor now: active, of the group of mentors, in the programme, and the programme goes on."""
        still = Membership.objects.filter(programme=OuterRef("programme"), mentor=OuterRef("mentor"), ended_at=None)
        today = timezone.localdate()
        goes_on = Q(programme__ends=None) | Q(programme__ends__gte=today)
        return self.filter(goes_on, Exists(still), ended_at=None, mentor__is_active=True, mentor__groups__name=MENTORS)

    def open(self) -> Self:
        """In which the mentor sees the trainee's work: the trainee has consented, and neither side has ended it."""
        return self.of_mentors().filter(consented_at__isnull=False, trainee__is_active=True)

    def waiting(self) -> Self:
        """Invitations that can still be answered."""
        return self.of_mentors().filter(consented_at=None, invited_at__gt=timezone.now() - INVITED_FOR)

    def between(self, mentor: User, trainee: User) -> Self:
        return self.filter(mentor=mentor, trainee=trainee)


class Mentorship(models.Model):
    """One mentor and one trainee. An invitation is one without consent; a hand-over is a new one that names the old.

    An invitation by link has no trainee until somebody who has its key consents.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="mentorships")
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentorships")
    trainee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentored_in", null=True, blank=True
    )
    key = models.CharField(max_length=43, blank=True)  # of the link, until it is answered
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    consented_at = models.DateTimeField(null=True, blank=True)
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
        return f"{self.mentor} follows {self.trainee or 'nobody yet'}"

    @property
    def is_over_due(self) -> bool:
        """Whether nobody has answered the invitation in its time."""
        return self.consented_at is None and self.invited_at <= timezone.now() - INVITED_FOR


def seen_by(mentor: User) -> Exists:
    """The condition that a row's trainee is followed by this mentor in the row's programme, now."""
    held = Mentorship.objects.open().filter(mentor=mentor, programme=OuterRef("programme"), trainee=OuterRef("trainee"))
    return Exists(held)


def followed() -> Exists:
    """The condition that a row's trainee is followed by anybody in the row's programme, now."""
    held = Mentorship.objects.open().filter(programme=OuterRef("programme"), trainee=OuterRef("trainee"))
    return Exists(held)


class QuestionQuerySet(models.QuerySet["Question"]):
    def for_mentor(self, mentor: User) -> Self:
        return self.filter(seen_by(mentor))


class Question(models.Model):
    """Asked by a trainee, with what it is about as it was then. What was said to it are notes."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    trainee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField(max_length=LONGEST)
    about = models.JSONField(default=dict)  # vaka.mentoring.pages.question_subject; out of a lab in part: hostile
    attempt = models.ForeignKey("labs.Attempt", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    waits_since = models.DateTimeField(null=True, blank=True)  # for a mentor; None: it is answered

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["trainee", "waits_since"], name="mentoring_open_questions")]

    def __str__(self) -> str:
        return f"A question of {self.trainee}"


class NoteQuerySet(models.QuerySet["Note"]):
    def for_mentor(self, mentor: User) -> Self:
        """His own, and of others what is for the trainee or the programme; of trainees whom he follows now."""
        return self.filter(seen_by(mentor)).filter(Q(author=mentor) | ~Q(reach=Note.Reach.PRIVATE))

    def for_trainee(self, trainee: User) -> Self:
        return self.filter(trainee=trainee, reach=Note.Reach.SHARED)

    def for_programme(self, programme: Programme, reader: User) -> Self:
        """What its coordinators and the site's administrators read: of trainees who are followed in it now."""
        if not (reader.is_staff or programme.coordinators.filter(pk=reader.pk).exists()):
            return self.none()
        return self.filter(followed(), programme=programme, reach=Note.Reach.PROGRAMME)


class Note(models.Model):
    """Something written about a trainee, or to him. With a question it is a word to that; with an attempt a comment."""

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
    seen_at = models.DateTimeField(null=True, blank=True)  # the trainee has had it before him

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


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def for_mentor(self, mentor: User) -> Self:
        return self.filter(seen_by(mentor))

    def for_trainee(self, trainee: User) -> Self:
        """What is due of a trainee while his mentor follows him."""
        return self.filter(followed(), trainee=trainee)


class Assignment(models.Model):
    """A lesson or a lab that a mentor wants done by a day. Whether it is done, the courses and labs know."""

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

    def facts(self) -> dict[str, Any]:
        return {"course": self.course, "lesson": self.lesson, "lab": self.lab, "due_on": self.due_on}
