"""Programmes, mentorships, and what mentors and trainees write to each other.

A mentor sees a trainee's work only while their mentorship is open. ``MentorshipQuerySet.open`` defines when that is; every
other query here relies on it.
"""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import MENTORS, User

INVITATION_LASTS = timedelta(days=30)  # after that, nobody can answer it
LONGEST = 5000  # characters of a question, note or description


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def running(self, today: date) -> Self:
        return self.filter(Q(ends=None) | Q(ends__gte=today))

    def led_by(self, user: User) -> Self:
        """Return the programmes that the user may manage: staff all of them, other people those that they coordinate."""
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


class QuestionQuerySet(models.QuerySet["Question"]):
    def for_mentor(self, mentor: User) -> Self:
        return self.filter(has_mentor(mentor))


class Question(models.Model):
    """A trainee's question, with a copy of its subject at that time. Replies are notes that refer to it."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    trainee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField(max_length=LONGEST)
    about = models.JSONField(default=dict)  # vaka.mentoring.pages.question_subject; partly from a lab, so not trusted
    attempt = models.ForeignKey("labs.Attempt", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    waits_since = models.DateTimeField(null=True, blank=True)  # for a mentor's answer; None: answered

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["trainee", "waits_since"], name="mentoring_open_questions")]

    def __str__(self) -> str:
        return f"A question of {self.trainee}"


class NoteQuerySet(models.QuerySet["Note"]):
    def for_mentor(self, mentor: User) -> Self:
        """Return the notes about the mentor's current trainees: their own, and those of others that are not private."""
        return self.filter(has_mentor(mentor)).filter(Q(author=mentor) | ~Q(reach=Note.Reach.PRIVATE))

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

    def as_data(self) -> dict[str, Any]:
        return {"course": self.course, "lesson": self.lesson, "lab": self.lab, "due_on": self.due_on}
