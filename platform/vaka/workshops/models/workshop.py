"""A workshop: its days, room and team. Its agenda, rehearsals and seats are in modules of their own."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vaka.accounts import readable_codes
from vaka.accounts.models import User

MAX_SEATS = 200
MAX_DAYS = 31  # of one workshop, also if its days move on again and again; see Workshop.clean
DAYS = ("first_day", "last_day", "time_zone")
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)  # days of a workshop; others are slips of the keyboard


class Role(models.TextChoices):
    LEAD = "lead", _("Lead")
    CO_INSTRUCTOR = "co", _("Co-instructor")
    HELPER = "helper", _("Helper")


PLANNERS = (Role.LEAD, Role.CO_INSTRUCTOR)  # may change the plan and close the workshop; helpers may not


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def run_by(self, user: User | AnonymousUser) -> Self:
        """Workshops whose pages the user may open: all for administrators, else those with a role that the user has accepted."""
        return self if user.is_staff else self.with_role(user)

    def planned_by(self, user: User) -> Self:
        """Workshops that the user leads, alone or as co-instructor. Administrators get no others here."""
        return self.with_role(user, PLANNERS)

    def with_role(self, user: User | AnonymousUser, roles: Iterable[Role] = Role) -> Self:
        """Workshops in which the user has one of these roles and has accepted it."""
        return self.filter(team__user=user, team__role__in=roles, team__accepted_at__isnull=False)


class Workshop(models.Model):
    """A workshop: some days of teaching in one room. ``join_code`` admits people until the workshop is over."""

    title = models.CharField(_("title"), max_length=120)
    place = models.CharField(_("place"), max_length=120, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # The first day of before, if the days were changed after it had come and somebody had a seat; see held_from
    held_since = models.DateField(null=True, blank=True, editable=False)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    seat_count = models.PositiveSmallIntegerField(
        _("number of seats"), default=20, validators=[MinValueValidator(1), MaxValueValidator(MAX_SEATS)]
    )
    pass_percent = models.PositiveSmallIntegerField(
        _("percent of the points for a certificate"), default=70, validators=[MaxValueValidator(100)]
    )
    # The slide that a member of the team presents to the room; services.presenting
    slides_path = models.CharField(max_length=300, blank=True)
    slides_number = models.PositiveSmallIntegerField(default=1)
    slides_at = models.DateTimeField(null=True, blank=True)
    slides_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, editable=False
    )
    # For certificates on paper
    signer = models.CharField(_("who signs certificates"), max_length=100, blank=True)
    signer_role = models.CharField(_("role of that person"), max_length=100, blank=True)
    logo = models.BinaryField(null=True, blank=True)  # a PNG (vaka.workshops.logos)
    # Of the room, for the projector: the team types them in once
    wifi_name = models.CharField(_("name of the Wi-Fi"), max_length=32, blank=True)
    wifi_password = models.CharField(_("password of the Wi-Fi"), max_length=63, blank=True)
    join_code = models.CharField(max_length=readable_codes.LENGTH, unique=True, default=readable_codes.draw)
    paused_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # after the close: all labs are checked and stopped
    # Counts of guests whose accounts were deleted. The shapes: guest_expiry.add_counts, learning_gain.with_guests and
    # FundersReport.with_expired
    expired_guests = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "-pk"]
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse days and numbers of seats that the workshop cannot have. A change is compared with what is stored."""
        before = Workshop.objects.filter(pk=self.pk).first()
        if before and before.is_over and any(getattr(self, name) != getattr(before, name) for name in DAYS):
            # Its trainees have gone, and their later work is private
            raise ValidationError(
                gettext("This workshop is over, so its days cannot change. Copy it to another year instead.")
            )
        self._refuse_slips(before)
        self._refuse_past(before)
        self._refuse_lost_seats(before)
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": gettext("The last day is before the first day. Choose a later one.")})
        if self.first_day and self.last_day and (self.last_day - self.first_day).days >= MAX_DAYS:
            raise ValidationError(
                {"last_day": gettext("A workshop lasts 31 days at most. Create a second one for the other days.")}
            )
        self.held_since = before.held_from if before else None
        self._refuse_more_days()

    def _refuse_slips(self, before: "Workshop | None") -> None:
        """Refuse years such as 26 and 9999. There is no midnight after the last day that Python knows."""
        for name in ("first_day", "last_day"):
            day = getattr(self, name)
            is_new = before is None or getattr(before, name) != day
            if day and is_new and not EARLIEST <= day <= LATEST:
                text = gettext("The year must be from %(first)d to %(last)d. Check the day.")
                raise ValidationError({name: text % {"first": EARLIEST.year, "last": LATEST.year}})

    def _refuse_past(self, before: "Workshop | None") -> None:
        """Once somebody has a seat, the first day cannot become an earlier one that has passed."""
        if before is None or not self.first_day or self.first_day >= min(before.first_day, before.today):
            return
        if before.seats.taken().exists():
            text = gettext(
                "The first day cannot move into the past, because somebody has a seat and their earlier work is private. "
                "Keep the day, or choose today or a later day."
            )
            raise ValidationError({"first_day": text})

    def _refuse_lost_seats(self, before: "Workshop | None") -> None:
        if before and self.seat_count is not None and self.seat_count < (highest := before.highest_seat):
            text = gettext("Seat %(n)d is taken or reserved, so there must be at least as many seats.")
            raise ValidationError({"seat_count": text % {"n": highest}})

    def _refuse_more_days(self) -> None:
        """People with a seat share their work for MAX_DAYS at most, counted from the first day that was held for them."""
        if not (self.held_since and self.last_day):
            return
        latest = self.held_since + timedelta(days=MAX_DAYS - 1)
        if self.last_day > latest:
            raise ValidationError(
                gettext(
                    "This workshop began on %(first)s and can last 31 days, because its trainees share their work with the "
                    "team during that time. Choose %(latest)s or an earlier day, or copy the workshop."
                )
                % {"first": date_format(self.held_since, "j F Y"), "latest": date_format(latest, "j F Y")}
            )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first_day, time.min, self.zone)

    @property
    def ends(self) -> datetime:
        """Midnight after the last day, in the time zone of the workshop."""
        return datetime.combine(self.last_day + timedelta(days=1), time.min, self.zone)

    @property
    def is_over(self) -> bool:
        return self.closed_at is not None or timezone.now() >= self.ends

    @property
    def paused_since(self) -> datetime | None:
        """The begin of the pause; None if the room is not paused, or the workshop is over."""
        return None if self.is_over else self.paused_at

    @property
    def is_held(self) -> bool:
        return not self.is_over and timezone.now() >= self.begins

    @property
    def precedence(self) -> tuple[bool, date]:
        """The sort key of a person's workshops that are not over: the last one is the current one."""
        return self.is_held, self.first_day

    @property
    def held_from(self) -> date | None:
        """The first day that was held for the people who have a seat, whatever the days are now. None before that day."""
        if not self.seats.taken().exists():
            return None
        return self.held_since or (self.first_day if self.first_day <= self.today else None)

    @property
    def can_reopen(self) -> bool:
        return self.closed_at is not None and timezone.now() < self.ends

    @property
    def over_since(self) -> datetime:
        """The time at which it was closed or at which its days end, whichever is earlier."""
        return min(self.ends, self.closed_at) if self.closed_at else self.ends

    @property
    def held_until(self) -> datetime:
        """The time until which it was held: now, or the time since which it is over. What was to follow does not count."""
        return min(timezone.now(), self.over_since)

    @property
    def code_shown(self) -> str:
        return readable_codes.shown(self.join_code)

    @property
    def today(self) -> date:
        return timezone.now().astimezone(self.zone).date()

    @property
    def is_last_day(self) -> bool:
        """Whether its last day has begun: then people take the test after the course."""
        return self.today >= self.last_day

    @property
    def highest_seat(self) -> int:
        """The highest number of a seat that is taken or reserved; 0 if there is none."""
        return self.seats.aggregate(highest=Max("number"))["highest"] or 0

    @property
    def labs(self) -> list[str]:
        """The ids of all labs on the agenda, each once, in the order of the agenda."""
        return list(dict.fromkeys(lab for item in self.agenda.all() for lab in item.labs))

    @property
    def accepted_team(self) -> QuerySet["TeamMember"]:
        """The team without those who were added and have not accepted."""
        return self.team.accepted()

    def role_of(self, user: User) -> Role | None:
        """The role that the user has accepted, or None. An administrator without a role counts as lead."""
        mine = self.accepted_team.filter(user=user).first()
        if mine:
            return Role(mine.role)
        return Role.LEAD if user.is_staff else None


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def accepted(self) -> Self:
        """Those who have accepted their role. The others were asked: this gives them no right, and takes none."""
        return self.exclude(accepted_at=None)


class TeamMember(models.Model):
    """A person with a role in a workshop: lead, co-instructor or helper. The role counts once the person has accepted it."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workshops_run")
    role = models.CharField(max_length=10, choices=Role)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)  # None: somebody else has added them

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "user"], name="workshops_one_role_each")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"
