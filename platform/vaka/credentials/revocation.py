"""Revokes certificates: by their holder, by an administrator, or because another name replaces them; and distrusts keys."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.credentials import signing_keys
from vaka.credentials.models import Credential, RevocationKind, SigningKey, StatusListEntry

logger = logging.getLogger(__name__)


class Gone(Exception):
    """The certificate was revoked or replaced in the meantime."""


def revoke(credential: Credential, why: RevocationKind, *, reason: str = "", by: User | None = None) -> None:
    """Revoke the certificate for ever. If an administrator does this, the learner also cannot get another one. Raises Gone."""
    changes: dict[str, Any] = {"revoked_at": timezone.now(), "why": why, "reason": reason, "revoked_by": by}
    changes["bars"] = why == RevocationKind.STAFF
    with transaction.atomic():
        if not Credential.objects.filter(pk=credential.pk).not_revoked().update(**changes):
            raise Gone
        if credential.status_list_entry:
            StatusListEntry.objects.filter(pk=credential.status_list_entry.pk).update(revoked_at=changes["revoked_at"])
    for name, value in changes.items():
        setattr(credential, name, value)
    logger.info("Certificate %s is revoked (%s) by %s. %s", credential.shown_number, why, by or "the site", reason)


def distrust(key: SigningKey) -> int:
    """Withdraw a key that others may have, and sign its valid certificates again with a new key.

    The content of the certificates stays the same. Returns their number. Verifiers then refuse the old files; the certificates'
    pages offer the new ones.
    """
    if key == signing_keys.current():
        signing_keys.replace()
    with transaction.atomic():
        SigningKey.objects.filter(pk=key.pk).update(distrusted_at=timezone.now())
        today, count = signing_keys.current(), 0
        for credential in Credential.objects.not_revoked().filter(key=key):
            signed = signing_keys.sign(signing_keys.payload_of(credential.signed), today)
            count += Credential.objects.not_revoked().filter(pk=credential.pk, key=key).update(signed=signed, key=today)
    logger.warning("The key %s is not trusted any more. %s certificates are signed again with %s.", key, count, today)
    return count
