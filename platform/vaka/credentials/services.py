"""What becomes of a certificate: earned, published, renamed, taken down, revoked.

Nothing is public before its holder has chosen the name on it and said yes. ``issue`` is for whoever has found that somebody
met a rule: courses below, workshops above.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.credentials import badge, keys
from vaka.credentials.certificate import Facts
from vaka.credentials.models import Credential, Place, SigningKey, Why

logger = logging.getLogger(__name__)

NAMES_A_DAY = 5  # of one certificate


class Barred(Exception):
    """Staff have revoked the learner's certificate for this, and nobody has allowed another."""


class TooOften(Exception):
    """The name was changed too often today."""


class Gone(Exception):
    """It was revoked or replaced meanwhile."""


def issue(learner: User, facts: Facts, name: str = "") -> Credential:
    """Keep that the learner has earned it, and return it; more than once is once, and what is published stays as it is.

    Without a name it waits, unseen by others, until its holder has chosen one on "My certificates"; with one, which he has
    chosen, it is published. Raises Barred.
    """
    mine = Credential.objects.of(learner).filter(achievement=facts.achievement)
    if mine.filter(bars=True).exists():
        raise Barred
    try:
        with transaction.atomic():
            credential = Credential.objects.create(
                learner=learner, achievement=facts.achievement, facts=facts.as_json()
            )
    except IntegrityError:
        credential = mine.standing().get()
        if mine.filter(pk=credential.pk, issued_at=None).update(facts=facts.as_json()):
            credential.facts = facts.as_json()
    return publish(credential, name) if name else credential


def publish(credential: Credential, name: str) -> Credential:
    """Sign it with this name, and make it public, once. Raises Gone."""
    for _again in range(2):
        try:
            with transaction.atomic():
                _sign(credential, name)
        except (keys.StaleKey, _Lost):
            credential.refresh_from_db()
            if credential.revoked_at:
                raise Gone from None
            if credential.is_published:
                return credential
            continue
        logger.info("Certificate %s is published: %s.", credential.shown_number, credential.achievement)
        return credential
    raise keys.StaleKey(credential.number)


def rename(credential: Credential, name: str) -> Credential:
    """Return one with another name, and revoke this. Raises TooOften, and Gone if this does not stand any more."""
    if credential.name == name and credential.is_good:
        return credential
    of_today = Credential.objects.of(credential.learner).filter(
        achievement=credential.achievement, issued_at__gte=timezone.now() - timedelta(days=1)
    )
    if of_today.count() >= NAMES_A_DAY:
        raise TooOften
    with transaction.atomic():
        revoke(credential, Why.RENAMED, by=credential.learner)
        new = Credential.objects.create(
            learner=credential.learner,
            achievement=credential.achievement,
            facts=credential.facts,
            earned_at=credential.earned_at,
        )
        return publish(new, name)


def revoke(credential: Credential, why: Why, *, reason: str = "", by: User | None = None) -> None:
    """Take it back, for ever; staff's word also bars the learner from another. Raises Gone if it does not stand any more."""
    facts: dict[str, Any] = {"revoked_at": timezone.now(), "why": why, "reason": reason, "revoked_by": by}
    facts["bars"] = why == Why.STAFF
    with transaction.atomic():
        if not Credential.objects.filter(pk=credential.pk).standing().update(**facts):
            raise Gone
        if credential.place:
            Place.objects.filter(pk=credential.place.pk).update(revoked_at=facts["revoked_at"])
    for name, value in facts.items():
        setattr(credential, name, value)
    logger.info("Certificate %s is revoked (%s) by %s. %s", credential.shown_number, why, by or "the site", reason)


def distrust(key: SigningKey) -> int:
    """Publish a key no more that others may have, and sign anew, with the same words, what is good of what it signed.

    Returns how many that were. Files that their holders have kept are then refused; the page gives the new ones.
    """
    if key == keys.current():
        keys.replace()
    with transaction.atomic():
        SigningKey.objects.filter(pk=key.pk).update(distrusted_at=timezone.now())
        today, count = keys.current(), 0
        for credential in Credential.objects.standing().filter(key=key):
            signed = keys.sign(keys.payload_of(credential.signed), today)
            count += Credential.objects.standing().filter(pk=credential.pk, key=key).update(signed=signed, key=today)
    logger.warning("The key %s is not trusted any more. %s certificates are signed anew with %s.", key, count, today)
    return count


class _Lost(Exception):
    """Somebody else was faster."""


def _sign(credential: Credential, name: str) -> None:
    at = timezone.now().replace(microsecond=0)  # the claim nbf has whole seconds
    place, key = Place.objects.create(), keys.current()
    facts = Facts.from_json(credential.facts)
    claims = badge.payload(facts, id=str(credential.pk), url=credential.url, place=place.pk, name=name, at=at)
    signed: dict[str, Any] = {
        "name": name,
        "issued_at": at,
        "key": key,
        "place": place,
        "signed": keys.sign(claims, key),
    }
    if not Credential.objects.filter(pk=credential.pk, issued_at=None).standing().update(**signed):
        raise _Lost
    for field, value in signed.items():
        setattr(credential, field, value)
