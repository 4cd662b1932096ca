"""Certificates and the keys that sign them.

People read "certificate" on every page. ``Credential`` is the same thing under the name that Open Badges and the W3C give it.
"""

import secrets
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, without letters that look alike
LENGTH = 16  # 80 bits, too many to guess
ALIKE = str.maketrans("OIL", "011", "- ")


def fresh_number() -> str:
    return "".join(secrets.choice(DIGITS) for _ in range(LENGTH))


def read_number(written: str) -> str:
    """Return the number in the form in which it is stored. Lower case, spaces, and O for 0 are accepted."""
    return written.upper().translate(ALIKE)


def grouped(number: str) -> str:
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def published(self) -> Self:
        return self.filter(distrusted_at=None)


class SigningKey(models.Model):
    """A public key. It stays published after another key replaces it, unless it is marked as distrusted."""

    thumbprint = models.CharField(max_length=43, primary_key=True)  # RFC 7638
    x = models.CharField(max_length=43)  # the public key, base64url (RFC 8037)
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    distrusted_at = models.DateTimeField(null=True, blank=True)  # somebody else may have the private key

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.thumbprint

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_URL}/credentials/keys/{self.thumbprint}"

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.url, "alg": "EdDSA", "use": "sig"}


class StatusListEntry(models.Model):
    """A certificate's entry in the revocation list. It has no personal data and stays when the certificate is deleted."""

    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pk}: {self.revoked_at or 'good'}"


class RevocationKind(models.TextChoices):
    RENAMED = "renamed", _("Replaced by one with another name")
    WITHDRAWN = "withdrawn", _("Taken down by its holder")
    STAFF = "staff", _("Revoked by the issuer")


class CredentialQuerySet(models.QuerySet["Credential"]):
    def of(self, learner: User) -> Self:
        return self.filter(learner=learner)

    def not_revoked(self) -> Self:
        """Return those that are neither revoked nor replaced, whether they are published or not."""
        return self.filter(revoked_at=None)

    def published(self) -> Self:
        """Return those that have been published, also if they are revoked now."""
        return self.exclude(issued_at=None)


class Credential(models.Model):
    """A certificate. Only its holder sees it until they choose the name on it. Then it is signed, once, and public."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=LENGTH, unique=True, default=fresh_number, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="credentials")
    achievement = models.CharField(max_length=200)  # what it is for: "course/first-steps"
    content = models.JSONField()  # vaka.credentials.certificate_content.CertificateContent
    earned_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=100, blank=True)  # as its holder writes it; empty until they have chosen it
    issued_at = models.DateTimeField(null=True, blank=True)
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status_list_entry = models.OneToOneField(
        StatusListEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed = models.TextField(blank=True)  # a JWT
    revoked_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=10, choices=RevocationKind, blank=True)
    reason = models.TextField(blank=True)  # of a revocation by an administrator; shown to the holder only
    bars = models.BooleanField(_("bars its holder from another one"), default=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ["-earned_at"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "achievement"], condition=Q(revoked_at=None), name="credentials_one_that_stands"
            ),
            models.CheckConstraint(
                condition=Q(issued_at=None, signed="") | (Q(issued_at__isnull=False) & ~Q(signed="") & ~Q(name="")),
                name="credentials_published_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown_number}: {self.achievement}"

    @property
    def shown_number(self) -> str:
        return grouped(self.number)

    @property
    def url(self) -> str:
        """The address at which anybody can check it."""
        return f"{settings.PUBLIC_URL}/c/{self.shown_number}"

    @property
    def is_published(self) -> bool:
        return self.issued_at is not None

    @property
    def is_good(self) -> bool:
        return self.is_published and self.revoked_at is None
