"""A certificate as an Open Badges 3.0 AchievementCredential (https://www.imsglobal.org/spec/ob/v3p0/): pure functions.

The payload of the JWT is the credential itself, with the additional claims iss, jti, nbf and sub (section "JSON Web Token Proof
Format", for the W3C data model 2.0). Our own context defines the terms that Open Badges does not have.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from vaka.credentials.certificate_content import CertificateContent, GradedStage

W3C = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
TERMS = {
    "assisted": "Whether the stage was done for the learner. If so, it gave no points.",
    "supervised": "Whether the stage was graded under supervision. If not, it was self-paced.",
    "supervisedBy": "The event that supervised the grading.",
    "gradedAt": "The time at which the live network was graded.",
    "checksPassed": "The number of checks of the stage that passed.",
    "checks": "The number of checks of the stage.",
    "points": "The points that the learner got for the stage.",
    "outOf": "The highest number of points for the stage.",
    "lab": "The id of the lab.",
    "labVersion": "The version of the lab: a hash of its files.",
    "labSeed": "The seed of the lab's parameters. Lab, version and seed produce the same network again.",
}


def site(path: str) -> str:
    return f"{settings.PUBLIC_URL}/credentials/{path}"


def issuer() -> dict[str, Any]:
    """Return the issuer's profile."""
    return {"id": site("issuer"), "type": ["Profile"], "name": settings.ISSUER, "url": f"{settings.PUBLIC_URL}/"}


def achievement(content: CertificateContent) -> dict[str, Any]:
    return {
        "id": site(f"achievements/{content.achievement}"),
        "type": ["Achievement"],
        "achievementType": content.kind,
        "name": content.title,
        "description": content.summary,
        "criteria": {"narrative": content.criteria},
    }


def payload(content: CertificateContent, *, id: str, url: str, index: int, name: str, at: datetime) -> dict[str, Any]:
    """Return the payload to sign. ``id`` is a UUID, ``url`` the page for verification, ``index`` the revocation list index."""
    subject = f"urn:uuid:{id}#holder"
    return {
        "@context": [W3C, OPEN_BADGES, {term: site(f"terms#{term}") for term in TERMS}],
        "id": f"urn:uuid:{id}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": content.title,
        "issuer": issuer(),
        "validFrom": timestamp(at),
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityHash": name, "identityType": "name", "hashed": False}],
            "achievement": achievement(content),
        },
        "evidence": [*_notes_evidence(content.notes, url), *(evidence(stage, url) for stage in content.stages)],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": f"{site('status')}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": site("status"),
        },
        "iss": site("issuer"),
        "jti": f"urn:uuid:{id}",
        "nbf": int(at.timestamp()),
        "sub": subject,
    }


def evidence(stage: GradedStage, url: str) -> dict[str, Any]:
    """Return a graded stage as evidence. It says whether the stage was assisted, and whether it was supervised."""
    assistance = "Done for the learner, for no points" if stage.assisted else "Unassisted"
    supervision = f"supervised at {stage.supervised_by}" if stage.supervised_by else "self-paced, not supervised"
    points = f"{stage.points} of {stage.out_of} points"
    narrative = f"{stage.passed} of {stage.checks} checks passed, {points}. {assistance}; {supervision}."
    found = {
        "id": f"{url}#{stage.lab}.{stage.stage}",
        "type": ["Evidence"],
        "name": f"{stage.lab_title}: {stage.title}",
        "genre": "Lab stage, graded on the live network",
        "narrative": narrative,
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


def _notes_evidence(notes: Iterable[str], url: str) -> list[dict[str, Any]]:
    narrative = "\n".join(notes)
    name = "What else was done"
    return [{"id": f"{url}#notes", "type": ["Evidence"], "name": name, "narrative": narrative}] if narrative else []


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
