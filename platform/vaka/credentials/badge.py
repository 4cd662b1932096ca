"""A certificate as an Open Badges 3.0 AchievementCredential (https://www.imsglobal.org/spec/ob/v3p0/): pure functions.

The payload of the JWT is the credential itself with the claims iss, jti, nbf and sub beside (section "JSON Web Token Proof
Format", for the W3C data model 2.0). What Open Badges has no word for, our own context names.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from vaka.credentials.certificate import Facts, Stage

W3C = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
TERMS = {
    "assisted": "Whether the stage was done for the learner. It then gave no points.",
    "supervised": "Whether the stage was graded under supervision; else it was self-paced.",
    "supervisedBy": "The event in whose supervision it was graded.",
    "gradedAt": "When the live network was graded.",
    "checksPassed": "How many checks of the stage passed.",
    "checks": "How many checks the stage has.",
    "points": "The points that the stage gave.",
    "outOf": "The points that it can give.",
    "lab": "The id of the lab.",
    "labVersion": "The version of the lab: a hash of its files.",
    "labSeed": "The seed of the lab's own numbers: lab, version and seed make the same network again.",
}


def site(path: str) -> str:
    return f"{settings.PUBLIC_URL}/credentials/{path}"


def issuer() -> dict[str, Any]:
    """Return the issuer's profile."""
    return {"id": site("issuer"), "type": ["Profile"], "name": settings.ISSUER, "url": f"{settings.PUBLIC_URL}/"}


def achievement(facts: Facts) -> dict[str, Any]:
    return {
        "id": site(f"achievements/{facts.achievement}"),
        "type": ["Achievement"],
        "achievementType": facts.kind,
        "name": facts.title,
        "description": facts.summary,
        "criteria": {"narrative": facts.criteria},
    }


def payload(facts: Facts, *, id: str, url: str, place: int, name: str, at: datetime) -> dict[str, Any]:
    """Return what is signed. ``id`` is a UUID, ``url`` the page to check it on, ``place`` that in the list of revoked."""
    subject = f"urn:uuid:{id}#holder"
    return {
        "@context": [W3C, OPEN_BADGES, {term: site(f"terms#{term}") for term in TERMS}],
        "id": f"urn:uuid:{id}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": facts.title,
        "issuer": issuer(),
        "validFrom": written(at),
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityHash": name, "identityType": "name", "hashed": False}],
            "achievement": achievement(facts),
        },
        "evidence": [*_of_notes(facts.notes, url), *(evidence(stage, url) for stage in facts.stages)],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": f"{site('status')}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(place),
            "statusListCredential": site("status"),
        },
        "iss": site("issuer"),
        "jti": f"urn:uuid:{id}",
        "nbf": int(at.timestamp()),
        "sub": subject,
    }


def evidence(stage: Stage, url: str) -> dict[str, Any]:
    """Return a graded stage, marked assisted or not, supervised or not."""
    helped = "Done for the learner, for no points" if stage.assisted else "Unassisted"
    where = f"supervised at {stage.supervised_by}" if stage.supervised_by else "self-paced, not supervised"
    said = (
        f"{stage.passed} of {stage.checks} checks passed, {stage.points} of {stage.out_of} points. {helped}; {where}."
    )
    found = {
        "id": f"{url}#{stage.lab}.{stage.stage}",
        "type": ["Evidence"],
        "name": f"{stage.lab_title}: {stage.title}",
        "genre": "Lab stage, graded on the live network",
        "narrative": said,
        "gradedAt": stage.graded_at,
        "assisted": stage.assisted,
        "supervised": bool(stage.supervised_by),
        "checksPassed": stage.passed,
        "checks": stage.checks,
        "points": stage.points,
        "outOf": stage.out_of,
        "lab": stage.lab,
        "labVersion": stage.lab_version,
        "labSeed": str(stage.seed),
    }
    return found | ({"supervisedBy": stage.supervised_by} if stage.supervised_by else {})


def _of_notes(notes: Iterable[str], url: str) -> list[dict[str, Any]]:
    narrative = "\n".join(notes)
    name = "What else was done"
    return [{"id": f"{url}#notes", "type": ["Evidence"], "name": name, "narrative": narrative}] if narrative else []


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
