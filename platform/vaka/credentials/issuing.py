"""Certificates are issued, published and renamed here. Revoking them is in ``vaka.credentials.revocation``.

Nothing is public before the holder has chosen the name on the certificate and agreed. The code for courses and workshops calls
``issue`` when a learner meets a rule.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.credentials import badge, signing_keys
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.models import Credential, RevocationKind, StatusListEntry
from vaka.credentials.revocation import Gone, revoke

logger = logging.getLogger(__name__)

NAMES_A_DAY = 5  # of one certificate


class Barred(Exception):
    """An administrator revoked the learner's certificate for this achievement, and none has allowed another one."""


class TooOften(Exception):
    """The name was changed NAMES_A_DAY times in the last 24 hours."""


def issue(learner: User, content: CertificateContent, name: str = "") -> Credential:
    """Store that the learner has earned a certificate, and return it. A second call changes nothing once it is published.

    Without a name, nobody else sees it until its holder chooses a name on "My certificates". With a name, which the holder has
    chosen, it is published. Raises Barred.
    """
    own = Credential.objects.of(learner).filter(achievement=content.achievement)
    if own.filter(bars=True).exists():
        raise Barred
    try:
        with transaction.atomic():
            credential = Credential.objects.create(
                learner=learner, achievement=content.achievement, content=content.as_json()
            )
    except IntegrityError:
        credential = own.not_revoked().get()
        if own.filter(pk=credential.pk, issued_at=None).update(content=content.as_json()):
            credential.content = content.as_json()
    return publish(credential, name) if name else credential


def publish(credential: Credential, name: str) -> Credential:
    """Sign the certificate with this name and make it public. If it is public already, it stays as it is. Raises Gone."""
    for _again in range(2):
        try:
            with transaction.atomic():
                _sign(credential, name)
        except (signing_keys.StaleKey, _AlreadyChanged):
            credential.refresh_from_db()
            if credential.revoked_at:
                raise Gone from None
            if credential.is_published:
                return credential
            continue
        logger.info("Certificate %s is published: %s.", credential.shown_number, credential.achievement)
        return credential
    raise signing_keys.StaleKey(credential.number)


def rename(credential: Credential, name: str) -> Credential:
    """Publish a certificate with another name, revoke this one, and return the new one. Raises TooOften and Gone."""
    if credential.name == name and credential.is_good:
        return credential
    of_today = Credential.objects.of(credential.learner).filter(
        achievement=credential.achievement, issued_at__gte=timezone.now() - timedelta(days=1)
    )
    if of_today.count() >= NAMES_A_DAY:
        raise TooOften
    with transaction.atomic():
        revoke(credential, RevocationKind.RENAMED, by=credential.learner)
        new = Credential.objects.create(
            learner=credential.learner,
            achievement=credential.achievement,
            content=credential.content,
            earned_at=credential.earned_at,
        )
        return publish(new, name)


class _AlreadyChanged(Exception):
    """Another request changed the certificate first."""


def _sign(credential: Credential, name: str) -> None:
    at = timezone.now().replace(microsecond=0)  # the claim nbf has whole seconds
    entry, key = StatusListEntry.objects.create(), signing_keys.current()
    content = CertificateContent.from_json(credential.content)
    claims = badge.payload(content, id=str(credential.pk), url=credential.url, index=entry.pk, name=name, at=at)
    signed: dict[str, Any] = {
        "name": name,
        "issued_at": at,
        "key": key,
        "status_list_entry": entry,
        "signed": signing_keys.sign(claims, key),
    }
    if not Credential.objects.filter(pk=credential.pk, issued_at=None).not_revoked().update(**signed):
        raise _AlreadyChanged
    for field, value in signed.items():
        setattr(credential, field, value)
