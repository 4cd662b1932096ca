"""The revocation list: a signed W3C Bitstring Status List, with one bit for each certificate."""

import gzip
from datetime import datetime, timedelta
from typing import Any

from vaka.credentials import badge, signing_keys
from vaka.credentials.models import StatusListEntry

LEAST = 131_072  # bits: the minimum of the standard, so that one bit tells little about its holder
GOOD_FOR = timedelta(days=7)  # an older copy of the list could hide a newer revocation


def bits() -> bytes:
    """Return the bits of the list. The first one is the leftmost bit of the first octet."""
    revoked = list(StatusListEntry.objects.exclude(revoked_at=None).values_list("pk", flat=True))
    size = LEAST
    while size <= max(revoked, default=0):
        size *= 2
    octets = bytearray(size // 8)
    for index in revoked:
        octets[index // 8] |= 0x80 >> index % 8
    return bytes(octets)


def payload(at: datetime) -> dict[str, Any]:
    url = badge.site("status")
    until = at + GOOD_FOR
    return {
        "@context": [badge.W3C],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": badge.site("issuer"),
        "validFrom": badge.timestamp(at),
        "validUntil": badge.timestamp(until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + signing_keys.base64url(gzip.compress(bits(), mtime=0)),
        },
        "iss": badge.site("issuer"),
        "jti": url,
        "nbf": int(at.timestamp()),
        "exp": int(until.timestamp()),
        "sub": f"{url}#list",
    }


def signed(at: datetime) -> str:
    return signing_keys.sign(payload(at), signing_keys.current())
