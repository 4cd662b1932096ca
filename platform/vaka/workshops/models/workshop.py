"""Workshops: an instructor, a room, some days. Here what was planned; who sits there is in ``vaka.workshops.models.seat``."""

from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labs.models import LabSession
from labs.models.pool_size import PoolSize
from vaka.accounts import codes
from vaka.accounts.models import User

MOST_SEATS = 200


class Role(models.TextChoices):
    LEAD = "lead", _("Lead")
    CO = "co", _("Co-instructor")
    HELPER = "helper", _("Helper")


PLANNERS = (Role.LEAD, Role.CO)  # who may change what was planned, and close it; helpers help


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def run_by(self, user: Any) -> Self:
        """Those that the user may look after: he is of their staff, or of the site's."""
        return self if user.is_staff else self.filter(staff__user=user)

    def planned_by(self, user: Any) -> Self:
        """Those that the user leads, alone or with others. What the site's staff may do besides is not asked here."""
        return self.filter(staff__user=user, staff__role__in=PLANNERS)


class Workshop(models.Model):
    """An event in a room. ``join_code`` lets people in while it is not over."""

    title = models.CharField(_("title"), max_length=120)
    place = models.CharField(_("place"), max_length=120, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=20, validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    pass_percent = models.PositiveSmallIntegerField(
        _("for a certificate, percent of the points"), default=70, validators=[MaxValueValidator(100)]
    )
    join_code = models.CharField(max_length=codes.LENGTH, unique=True, default=codes.draw)
    paused_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # then its labs had had their last check, and were stopped
    expired = models.JSONField(default=dict, blank=True)  # counts of guests whose accounts have ended (guests.counted)
    made_at = models.DateTimeField(default=timezone.now)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "-pk"]
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": gettext("It ends before it begins.")})
        if self.first_day and self.last_day and (self.last_day - self.first_day).days > 30:
            raise ValidationError({"last_day": gettext("A workshop lasts a month at most.")})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first_day, time.min, self.zone)

    @property
    def ends(self) -> datetime:
        """Midnight after its last day, where it is held."""
        return datetime.combine(self.last_day + timedelta(days=1), time.min, self.zone)

    @property
    def is_over(self) -> bool:
        return self.closed_at is not None or timezone.now() >= self.ends

    @property
    def can_reopen(self) -> bool:
        return self.closed_at is not None and timezone.now() < self.ends

    @property
    def over_since(self) -> datetime:
        """When it was closed; else when its days end."""
        return min(self.ends, self.closed_at) if self.closed_at else self.ends

    @property
    def code_shown(self) -> str:
        return codes.shown(self.join_code)

    @property
    def today(self) -> date:
        return timezone.now().astimezone(self.zone).date()

    @property
    def highest_seat(self) -> int:
        """The highest number at which somebody sits or is to sit; 0 is nobody."""
        return self.places.aggregate(highest=Max("number"))["highest"] or 0

    @property
    def labs(self) -> list[str]:
        """The labs of all its sessions, each once, in their order."""
        return list(dict.fromkeys(lab for item in self.agenda.all() for lab in item.labs))

    def lab_sessions(self) -> QuerySet[LabSession]:
        """Its labs that its people started while it was held. What else runs at a seat is its holder's own affair."""
        held = LabSession.objects.filter(created_at__gte=self.begins, created_at__lt=self.over_since)
        return held.filter(lab__in=self.labs, learner__workshop_seats__workshop=self)

    def role_of(self, user: User) -> Role | None:
        """What the user is here; None is nobody. The site's own staff may do what a lead may."""
        mine = self.staff.filter(user=user).first()
        if mine:
            return Role(mine.role)
        return Role.LEAD if user.is_staff else None


class WorkshopStaff(models.Model):
    """Somebody who runs a workshop, or helps."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workshops_run")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "user"], name="workshops_one_role_each")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class AgendaItem(models.Model):
    """One session of a workshop: some hours with their lessons and labs. Trainees see it once it is opened."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="agenda")
    title = models.CharField(_("title"), max_length=120)
    from_at = models.DateTimeField(_("from"))
    to_at = models.DateTimeField(_("to"))
    courses = models.JSONField(_("courses"), default=list, blank=True)  # ids
    labs = models.JSONField(_("labs"), default=list, blank=True)  # ids
    notes = models.TextField(_("your notes"), blank=True)  # the trainer's; no trainee sees them
    built_ahead = models.BooleanField(_("have its labs built before it starts"), default=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    pools = models.ManyToManyField(PoolSize, blank=True, editable=False)  # what is built ahead for it

    class Meta:
        ordering = ["from_at", "pk"]
        indexes = [models.Index(fields=["workshop", "from_at"], name="workshops_agenda")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_now(self) -> bool:
        return self.opened_at is not None and timezone.now() < self.to_at

    @property
    def is_outside(self) -> bool:
        """Whether it is not within the days of the workshop: these were changed since."""
        return self.from_at < self.workshop.begins or self.to_at > self.workshop.ends

    def clean(self) -> None:
        if self.from_at and self.to_at and self.to_at <= self.from_at:
            raise ValidationError({"to_at": gettext("It ends before it begins.")})
        if self.from_at and self.to_at and self.is_outside:
            raise ValidationError(gettext("It is not within the days of the workshop."))


class Rehearsal(models.Model):
    """One lab of a workshop, tried before anyone travels: started, brought to its last stage, checked and stopped."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="rehearsals")
    lab = models.CharField(max_length=100)
    session = models.ForeignKey("labs.LabSession", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ready_s = models.FloatField(null=True, blank=True)  # from its turn in line until every prompt answers
    passed = models.PositiveSmallIntegerField(default=0)  # checks of the stages that were typed
    typed = models.PositiveSmallIntegerField(default=0)  # how many checks these have
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "lab"], condition=Q(ended_at=None), name="workshops_one_open_rehearsal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lab} in {self.workshop}"

    @property
    def is_fine(self) -> bool:
        return self.ended_at is not None and not self.error and self.passed == self.typed
