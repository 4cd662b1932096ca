"""People. Their roles are Django groups, so that a site's admin gives and takes them without a release."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from vaka.accounts import codes

MENTORS = "mentors"
INSTRUCTORS = "instructors"
TOLD_FOR = timedelta(days=7)  # that the account was approved


class Standing(models.TextChoices):
    """What this site knows about the person of an account."""

    KNOWN = (
        "known",
        _("Confirmed"),
    )  # staff made it, or approved it; a code, an invitation or a verified address stands for it
    NEW = "new", _("Not confirmed")  # signed up by themselves, and nobody stands for them: a few labs for all of them
    WAITING = "waiting", _("Waits for approval")  # may read, and start no lab


class User(AbstractUser):
    """Somebody with an account. Everybody is a trainee; some are also mentors or instructors."""

    time_zone = models.CharField(max_length=64, default="UTC")
    link_is_news = models.BooleanField(
        default=False
    )  # a link was made for the account, and its owner has not read so yet
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.KNOWN, db_index=True)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    voucher = models.CharField(
        max_length=64, blank=True, editable=False
    )  # hash of the invitation that the account was made with

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(fields=["voucher"], condition=~Q(voucher=""), name="accounts_one_account_a_voucher")
        ]

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(group.name for group in self.groups.all())  # .all(): of a list they are fetched at once

    @property
    def is_mentor(self) -> bool:
        return MENTORS in self._groups

    @property
    def is_instructor(self) -> bool:
        return self.is_staff or INSTRUCTORS in self._groups

    @property
    def was_just_approved(self) -> bool:
        """Whether the start page still says so."""
        return self.approved_at is not None and timezone.now() - self.approved_at < TOLD_FOR

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def last_link(self) -> "LinkMade | None":
        return self.links_made.select_related("by").first()


class SignupCode(models.Model):
    """What is asked on the sign-up page where VAKA_SIGNUP=code. The newest that nobody revoked is the one that counts."""

    code = models.CharField(max_length=codes.LENGTH, default=codes.draw)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"a sign-up code of {self.made_at:%Y-%m-%d}"

    @property
    def shown(self) -> str:
        return codes.shown(self.code)


class LinkMade(models.Model):
    """Somebody made a link to a new password for an account. Its owner reads who, and when."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links_made")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True)  # None: on the server itself
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.by} for {self.person}"
