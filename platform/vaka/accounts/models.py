"""Accounts. Roles are Django groups, so that the administrators of a site can grant and revoke them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from vaka.accounts import readable_codes
from vaka.accounts.signals import send_sign_ins_ended

MENTORS = "mentors"
INSTRUCTORS = "instructors"
GUEST_PREFIX = "guest-"  # of the usernames of workshop guests; nobody else can choose such a name
USERNAME_TAKEN = _("Another account has this username. Choose another one.")
APPROVAL_SHOWN_FOR = timedelta(days=7)  # on the start page


class AccountStatus(models.TextChoices):
    """The degree to which this site knows the owner of an account."""

    # Created or approved by an administrator, or confirmed by a code, an invitation or a verified e-mail address
    KNOWN = ("known", _("Confirmed"))
    NEW = "new", _("Not confirmed")  # signed up openly; all such accounts share a small number of labs
    WAITING = "waiting", _("Waits for approval")  # may read courses, but not start labs


class Theme(models.TextChoices):
    """The colours of pages."""

    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """A person with an account. Everybody is a trainee; some people are also mentors or instructors."""

    time_zone = models.CharField(max_length=64, default="UTC")
    # A page has offered the browser's, or a form was saved
    is_time_zone_chosen = models.BooleanField(default=False, db_default=False, editable=False)
    theme = models.CharField(_("colours"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    # A password reset link was created, and the owner has not confirmed the notice about it yet
    has_unread_password_link = models.BooleanField(default=False)
    account_status = models.CharField(
        _("account status"), max_length=10, choices=AccountStatus, default=AccountStatus.KNOWN, db_index=True
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    # The hash of the invitation with which the account was created
    voucher = models.CharField(max_length=64, blank=True, editable=False)

    sign_ins_ended = models.PositiveIntegerField(default=0, editable=False)  # how often: see end_other_sign_ins

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"], condition=~Q(voucher=""), name="accounts_one_account_a_voucher"
            ),
            # Signing in does not tell capitals apart
            models.UniqueConstraint(
                Lower("username"), name="accounts_one_account_a_username", violation_error_message=USERNAME_TAKEN
            ),
        ]

    # The hash of the password as it is stored; empty for a new account, None if it was not read
    _stored_password: str | None = ""

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user._stored_password = user.__dict__.get("password")
        return user

    def save(self, **kwargs: Any) -> None:
        """Store the account. Another password has ended its sign-ins, whoever set it, so ``sign_ins_ended`` is sent."""
        super().save(**kwargs)
        if (fields := kwargs.get("update_fields")) is None or "password" in fields:
            before, self._stored_password = self._stored_password, self.password
            # Without a password before there was no sign-in. The terminals of an account that is not active are closed anyway
            if before not in ("", self.password) and self.is_active:
                send_sign_ins_ended(self.pk)

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(group.name for group in self.groups.all())  # .all() uses prefetched groups

    @property
    def is_mentor(self) -> bool:
        return MENTORS in self._groups

    @property
    def is_instructor(self) -> bool:
        return self.is_staff or INSTRUCTORS in self._groups

    @property
    def is_guest(self) -> bool:
        """Whether the account was made for a seat of a workshop and has no password yet."""
        return self.username.startswith(GUEST_PREFIX) and not self.has_usable_password()

    @property
    def was_just_approved(self) -> bool:
        """Whether the start page still shows the approval."""
        return self.approved_at is not None and timezone.now() - self.approved_at < APPROVAL_SHOWN_FOR

    def get_session_auth_hash(self) -> str:
        """Return the value that a session must hold to be signed in: it changes with the password, and when sign-ins are ended."""
        return self._of_these_sign_ins(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._of_these_sign_ins, super().get_session_auth_fallback_hash())

    def _of_these_sign_ins(self, hashed: str) -> str:
        return f"{hashed}.{self.sign_ins_ended}" if self.sign_ins_ended else hashed

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def last_password_link(self) -> "PasswordLink | None":
        return self.password_links.select_related("by").first()


class BrowserSession(AbstractBaseSession):
    """The session of a browser, by Django's key. ``vaka.accounts.browser_sessions`` writes it."""

    # No constraint: a page may save the session of a person who is deleted in the same moment, and must not fail
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="browser_sessions"
    )

    # What a visitor has shown, as browser_sessions writes it: whose password was right, or which reset link was valid
    proof = models.CharField(max_length=64, blank=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name, verbose_name_plural = "browser session", "browser sessions"
        indexes = [
            models.Index(fields=["proof", "expire_date"], condition=~Q(proof=""), name="accounts_sessions_by_proof")
        ]


class SignupCode(models.Model):
    """The code that the sign-up page asks for where VAKA_SIGNUP=code. The newest one is valid unless it is revoked."""

    code = models.CharField(max_length=readable_codes.LENGTH, default=readable_codes.draw)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"sign-up code of {self.made_at:%Y-%m-%d}"

    @property
    def shown(self) -> str:
        return readable_codes.shown(self.code)


class PasswordLink(models.Model):
    """A password reset link that somebody created for an account. Its owner sees who did so, and when."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        # None: created on the command line of the server
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.by} for {self.person}"
