"""Independent programs, which share no code with ours, accept a certificate and refuse a changed one."""

import json
import re
import subprocess
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

import vaka
from tests.earned import attempt, read_and_answer
from vaka.credentials import course_certificate, issuing, revocation, signing_keys
from vaka.credentials.models import RevocationKind

# RFC 9864 would have Ed25519 written for EdDSA; Open Badges 3.0 and its verifiers know EdDSA
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
DOC = Path(vaka.__file__).parents[2] / "docs/credentials.md"


def decoded(part):
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def parts(token):
    head, body, signature = token.split(".")
    return decoded(head), decoded(body), signature


def by_open_badges(client, token):
    """Verify with a library for Open Badges, with the keys and the revocation list that this server publishes."""
    thumbprint = parts(token)[0]["kid"].rpartition("/")[2]
    pem = client.get(f"/credentials/keys/{thumbprint}.pem").content

    def download(url):
        return client.get(url.removeprefix("https://vaka.example")).content

    return OB3Verifier(pem).verify(token, check_status=True, download=download)


def by_jose(client, token):
    """Verify with a library for JWS, which selects the key by its kid."""
    published = KeySet.import_key_set(client.get("/credentials/keys").json())
    return json.loads(jws.deserialize_compact(token, published, algorithms=["EdDSA"]).payload)


VERIFIERS = pytest.mark.parametrize("verify", [by_open_badges, by_jose])
REFUSED = (OB3VerificationError, JoseError, ValueError)


@VERIFIERS
def test_independent_programs_accept_a_certificate(client, certificate, verify):
    assert verify(client, client.get(f"/c/{certificate.shown_number}/credential.jwt").content.decode())


def test_the_verifier_reads_what_was_graded(client, certificate):
    read = by_open_badges(client, certificate.signed)
    assert (read.issuer.name, read.issuer.id) == ("Moana NOG", "https://vaka.example/credentials/issuer")
    assert read.achievement.name == "Reading waves"
    assert read.identifiers[0].identity_hash == "Mere Tawake"
    assert [one.name for one in read.evidence] == [
        "What else was done",
        "First light: Forwarding",
        "First light: A file",
    ]


def of_the_body(change):
    def tamper(token):
        head, body, signature = token.split(".")
        claims = decoded(body)
        change(claims)
        return f"{head}.{encoded(claims)}.{signature}"

    return tamper


def of_the_head(**change):
    def tamper(token):
        head, body, signature = token.split(".")
        return f"{encoded(decoded(head) | change)}.{body}.{signature}"

    return tamper


def without_signature(token):
    return of_the_head(alg="none")(token).rpartition(".")[0] + "."


def with_the_public_key_as_a_secret(token):
    """A known attack: use the public key as the key of an HMAC."""
    import hmac
    from hashlib import sha256

    signed = of_the_head(alg="HS256")(token).rpartition(".")[0]
    secret = decoded_key(token)
    return f"{signed}.{urlsafe_b64encode(hmac.digest(secret, signed.encode(), sha256)).rstrip(b'=').decode()}"


def decoded_key(token):
    x = signing_keys.current().x
    return urlsafe_b64decode(x + "=")


def by_another_key(token):
    signed = token.rpartition(".")[0]
    signature = Ed25519PrivateKey.generate().sign(signed.encode())
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def name(claims):
    claims["credentialSubject"]["identifier"][0]["identityHash"] = "Linus Torvalds"


def assisted(claims):
    claims["evidence"][1]["assisted"] = not claims["evidence"][1]["assisted"]


@VERIFIERS
@pytest.mark.parametrize(
    "tamper",
    [
        of_the_body(name),
        of_the_body(assisted),
        of_the_body(lambda claims: claims.update(iss="https://elsewhere.example")),
        of_the_body(lambda claims: claims["credentialStatus"].update(statusListIndex="9")),
        of_the_head(kid="https://vaka.example/credentials/keys/another"),
        of_the_head(kid="https://elsewhere.example/keys/1"),
        without_signature,
        with_the_public_key_as_a_secret,
        by_another_key,
        lambda token: token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
    ],
    ids=["name", "assisted", "issuer", "status", "kid", "kid-elsewhere", "none", "hmac", "another-key", "signature"],
)
def test_a_changed_certificate_is_refused(client, certificate, verify, tamper):
    tampered = tamper(certificate.signed)
    assert tampered != certificate.signed
    with pytest.raises(REFUSED):
        verify(client, tampered)


def test_an_expired_or_contradictory_certificate_is_refused_although_our_key_signed_it(client, certificate):
    claims = parts(certificate.signed)[1]
    for change in (
        {"exp": int(time.time()) - 3600},
        {"validUntil": "2020-01-01T00:00:00Z"},
        {"nbf": int(time.time()) + 3600},
        {"iss": "https://elsewhere.example"},
        {"jti": "urn:uuid:0"},
        {"sub": "urn:uuid:0"},
    ):
        with pytest.raises(OB3VerificationError):
            by_open_badges(client, signing_keys.sign(claims | change, signing_keys.current()))
    assert by_open_badges(client, signing_keys.sign(claims, signing_keys.current()))


def test_a_revoked_certificate_is_refused_and_others_stay_valid(client, certificate, ada, ngozi, linus):
    attempt(linus)
    read_and_answer(linus)
    other = issuing.issue(
        linus, course_certificate.certificate_content(linus, course_certificate.course_of("course/waves")), "Linus"
    )
    by_open_badges(client, certificate.signed)
    revocation.revoke(certificate, RevocationKind.STAFF, reason="Another typed.", by=ngozi)
    with pytest.raises(OB3VerificationError, match="revocation"):
        by_open_badges(client, certificate.signed)
    assert by_open_badges(client, other.signed)


def test_certificates_of_an_old_key_stay_valid(client, certificate, linus):
    old = certificate.key
    new = signing_keys.replace()
    assert by_jose(client, certificate.signed)
    attempt(linus)
    read_and_answer(linus)
    other = issuing.issue(
        linus, course_certificate.certificate_content(linus, course_certificate.course_of("course/waves")), "Linus"
    )
    assert (other.key, old == new) == (new, False)
    for token in (certificate.signed, other.signed):
        assert by_jose(client, token)


def test_certificates_of_a_stolen_key_are_refused_and_ours_are_signed_again_with_the_same_content(
    client, certificate, capsys
):
    stolen = certificate.signed
    call_command("signing_key", "--distrust", certificate.key.url)
    assert capsys.readouterr().out.startswith("1 certificates are signed again.")
    with pytest.raises(REFUSED):
        by_jose(client, stolen)
    with pytest.raises(Exception, match="key"):
        by_open_badges(client, stolen)
    token = client.get(f"/c/{certificate.shown_number}/credential.jwt").content.decode()
    assert parts(token)[1] == parts(stolen)[1]
    assert by_open_badges(client, token)
    assert by_jose(client, token)
    with pytest.raises(CommandError, match="This site has no key"):
        call_command("signing_key", "--distrust", "nothing")


SCHEMA = {
    # What the schema of 1EdTech asks of an AchievementCredential, as far as ours has it; written from the specification
    "type": "object",
    "required": ["@context", "type", "id", "issuer", "validFrom", "credentialSubject", "name"],
    "properties": {
        "@context": {
            "type": "array",
            "minItems": 2,
            "prefixItems": [
                {"const": "https://www.w3.org/ns/credentials/v2"},
                {"pattern": r"^https://purl\.imsglobal\.org/spec/ob/v3p0/context-3\.0\.\d\.json$"},
            ],
            "items": {"type": ["string", "object"]},
        },
        "type": {
            "allOf": [{"contains": {"const": "VerifiableCredential"}}, {"contains": {"const": "AchievementCredential"}}]
        },
        "id": {"$ref": "#/$defs/uri"},
        "issuer": {
            "required": ["id", "type", "name"],
            "properties": {"id": {"$ref": "#/$defs/uri"}, "type": {"contains": {"const": "Profile"}}},
        },
        "validFrom": {"$ref": "#/$defs/time"},
        "credentialSubject": {
            "required": ["type", "achievement", "id", "identifier"],
            "properties": {
                "type": {"contains": {"const": "AchievementSubject"}},
                "id": {"$ref": "#/$defs/uri"},
                "identifier": {
                    "type": "array",
                    "items": {
                        "required": ["type", "hashed", "identityHash", "identityType"],
                        "properties": {
                            "type": {"const": "IdentityObject"},
                            "hashed": {"type": "boolean"},
                            "identityType": {"const": "name"},
                        },
                    },
                },
                "achievement": {
                    "required": ["id", "type", "criteria", "description", "name"],
                    "properties": {
                        "id": {"$ref": "#/$defs/uri"},
                        "type": {"contains": {"const": "Achievement"}},
                        "achievementType": {"enum": ["Course", "Certificate", "CertificateOfCompletion", "Assessment"]},
                        "criteria": {"required": ["narrative"], "properties": {"narrative": {"type": "string"}}},
                    },
                },
            },
        },
        "evidence": {
            "type": "array",
            "items": {
                "required": ["type", "id", "name", "narrative"],
                "properties": {"type": {"contains": {"const": "Evidence"}}, "id": {"$ref": "#/$defs/uri"}},
            },
        },
        "credentialSchema": {"type": "array", "items": {"required": ["id", "type"]}},
        "credentialStatus": {
            "required": ["id", "type", "statusPurpose", "statusListIndex", "statusListCredential"],
            "properties": {"statusListIndex": {"type": "string", "pattern": r"^\d+$"}},
        },
        "iss": {"$ref": "#/$defs/uri"},
        "sub": {"$ref": "#/$defs/uri"},
        "jti": {"$ref": "#/$defs/uri"},
        "nbf": {"type": "integer"},
    },
    "$defs": {
        "uri": {"type": "string", "pattern": r"^(https?|urn):"},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    },
}


def test_the_credential_has_what_open_badges_requires(certificate):
    head, claims, _signature = parts(certificate.signed)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(claims, SCHEMA)
    assert head == {"alg": "EdDSA", "kid": certificate.key.url, "typ": "JWT"}  # others are not allowed
    assert claims["iss"] == claims["issuer"]["id"]
    assert claims["jti"] == claims["id"]
    assert claims["sub"] == claims["credentialSubject"]["id"]
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims["nbf"])) == claims["validFrom"]


def test_each_stage_says_whether_it_was_assisted_and_supervised(waves, state, ada):
    (waves / "course.yaml").write_text((waves / "course.yaml").read_text().replace("80", "40"))
    read_and_answer(ada)
    attempt(ada, assisted=["forwarding"], supervised_by="Moana NOG 5")
    made = issuing.issue(
        ada, course_certificate.certificate_content(ada, course_certificate.course_of("course/waves")), "Ada"
    )
    stages = parts(made.signed)[1]["evidence"][1:]
    said = ("assisted", "supervised", "supervisedBy", "points")
    assert [tuple(one[word] for word in said) for one in stages] == [
        (True, True, "Moana NOG 5", 0),
        (False, True, "Moana NOG 5", 4),
    ]
    assert "Done for the learner" in stages[0]["narrative"]


def run(which, folder):
    """Run the commands in the documentation in a folder, with OpenSSL and Python only, without this server."""
    [script] = re.findall(rf"^```sh {which}\n(.*?)^```$", DOC.read_text(), re.M | re.S)
    return subprocess.run(["bash", "-e"], input=script, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_documented_commands_verify_a_file_and_refuse_a_changed_one(client, certificate, tmp_path):
    (tmp_path / "certificate.jwt").write_text(certificate.signed)
    (tmp_path / "key.pem").write_bytes(client.get(f"/credentials/keys/{certificate.key.pk}.pem").content)

    good = run("offline", tmp_path)
    assert good.returncode == 0, good.stderr
    assert "Signature Verified Successfully" in good.stdout
    assert "Mere Tawake" in good.stdout
    (tmp_path / "certificate.jwt").write_text(of_the_body(name)(certificate.signed))
    assert run("offline", tmp_path).returncode != 0


def test_the_documented_commands_find_a_revoked_certificate_in_the_list(client, certificate, ada, tmp_path):
    said = []
    (tmp_path / "payload.json").write_text(json.dumps(parts(certificate.signed)[1]))
    for _look in range(2):
        listed = parts(client.get("/credentials/status").content.decode())[1]
        (tmp_path / "list.json").write_text(json.dumps(listed))
        said.append(run("revoked", tmp_path).stdout)
        if certificate.is_good:
            revocation.revoke(certificate, RevocationKind.WITHDRAWN, by=ada)
    assert said == ["good\n", "revoked\n"]
