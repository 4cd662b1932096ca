"""The agenda of a workshop: its items, and the times in which each lab was on it."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labs.models.pool_size import PoolSize
from labs.registry import versions
from labs.translations import authored
from vaka.workshops.models.workshop import Workshop


class AgendaItem(models.Model):
    """A part of a workshop's time. Everybody may read its title and times; trainees get its courses and labs once it is open."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", _("Practice")
        TALK = "talk", _("Talk")
        BREAK = "break", _("Break")
        EXAM = "exam", _("Exam")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="agenda")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PRACTICE)
    title = models.CharField(_("title"), max_length=120)
    from_at = models.DateTimeField(_("from"))
    to_at = models.DateTimeField(_("to"))
    courses = models.JSONField(_("courses"), default=list, blank=True)  # ids
    lessons = models.JSONField(_("lessons"), default=list, blank=True)  # "course/lesson", ids
    labs = models.JSONField(_("labs"), default=list, blank=True)  # ids; of an exam one
    notes = models.TextField(_("instructor notes"), blank=True)  # Markdown; never shown to trainees
    built_ahead = models.BooleanField(_("build its labs before it starts"), default=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # of an exam: nobody can begin it any more
    results_opened_at = models.DateTimeField(null=True, blank=True)  # of an exam
    pools = models.ManyToManyField(PoolSize, blank=True, editable=False)  # the labs that are built ahead for it

    class Meta:
        ordering = ["from_at", "pk"]
        indexes = [
            models.Index(fields=["workshop", "from_at"], name="workshops_agenda"),
            # Each request asks for them
            models.Index(
                fields=["ended_at"],
                condition=Q(kind="exam", opened_at__isnull=False, ended_at__isnull=True),
                name="workshops_open_exams",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            self._lock_agenda()
            super().save(*args, **kwargs)
            LabOnAgenda.record(self.workshop)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self._lock_agenda()
            deleted = super().delete(*args, **kwargs)
            LabOnAgenda.record(self.workshop)
        return deleted

    def _lock_agenda(self) -> None:
        """Let one transaction at a time change the agenda, so that LabOnAgenda.record reads what all others have committed."""
        Workshop.objects.select_for_update(no_key=True).get(pk=self.workshop_id)

    @property
    def is_exam(self) -> bool:
        return self.kind == self.Kind.EXAM

    @property
    def shown_kind(self) -> str:
        """The name of its kind; empty for practice, the ordinary kind."""
        return "" if self.kind == self.Kind.PRACTICE else self.get_kind_display()

    @property
    def length(self) -> timedelta:
        return self.to_at - self.from_at

    @property
    def built_copies(self) -> int:
        """The number of labs that are built before it starts. People who share a class lab need one."""
        return sum(pool.at_start for pool in self.pools.all())

    @property
    def minutes(self) -> int:
        return round(self.length.total_seconds() / 60)

    @property
    def is_current(self) -> bool:
        return self.opened_at is not None and timezone.now() < self.to_at

    @property
    def is_outside_days(self) -> bool:
        """Whether it lies outside the days of the workshop, which can change after the item was written."""
        return self.from_at < self.workshop.begins or self.to_at > self.workshop.ends

    def clean(self) -> None:
        if self.from_at and self.to_at and self.to_at <= self.from_at:
            raise ValidationError({"to_at": gettext("The end is not after the start. Choose a later end.")})
        if self.from_at and self.to_at and self.is_outside_days:
            raise ValidationError(
                gettext("The times are outside the workshop days. Change them, or the days of the workshop.")
            )
        if problem := self.exam_problem:
            raise ValidationError({"labs": problem})
        if self.kind == self.Kind.BREAK and (self.courses or self.lessons or self.labs):
            raise ValidationError(
                gettext("A break has no courses, lessons and labs. Remove them, or choose another kind.")
            )

    @property
    def exam_problem(self) -> str:
        """The reason why nobody can sit this exam; empty if there is none. An item of an older plan can have one.

        The checks of a lab that is made for a class are about many seats, and an exam has one.
        """
        if not self.is_exam:
            return ""
        if len(self.labs) != 1:
            return gettext("An exam has exactly one lab. Choose one.")
        lab = next((lab for lab in versions.all_labs() if lab.id in self.labs and lab.has_bots), None)
        text = gettext("“%(lab)s” is a class lab, in which nobody can sit an exam alone. Choose a lab for one person.")
        return text % {"lab": authored(lab.title)} if lab else ""


class LabOnAgenda(models.Model):
    """A time in which a lab was on the agenda, in any of its items. What people with a seat did in other times is private."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="labs_on_agenda")
    lab = models.CharField(max_length=100)
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField(null=True, blank=True)  # None: it is on the agenda now

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "lab"], condition=Q(until_at=None), name="workshops_lab_on_agenda_once"
            )
        ]
        indexes = [models.Index(fields=["workshop", "lab"], name="workshops_lab_on_agenda")]

    def __str__(self) -> str:
        return f"{self.lab} in {self.workshop}"

    @classmethod
    def record(cls, workshop: Workshop) -> None:
        """Begin a time for each lab that is new on the agenda, and end that of each lab which is there no longer.

        The row of the workshop must be locked before the agenda is changed (AgendaItem._lock_agenda).
        """
        labs = {
            lab for labs in AgendaItem.objects.filter(workshop=workshop).values_list("labs", flat=True) for lab in labs
        }
        current = cls.objects.filter(workshop=workshop, until_at=None)
        current.exclude(lab__in=labs).update(until_at=timezone.now())
        for lab in labs.difference(current.values_list("lab", flat=True)):
            cls.objects.get_or_create(workshop=workshop, lab=lab, until_at=None)
