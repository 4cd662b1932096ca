"""A passkey in software: it is registered with an account, and signs the challenges of the site."""

from hashlib import sha256
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from vaka.accounts.models import User

HOST, ORIGIN = "localhost", "https://localhost"
ID = b"a software passkey"
FLAG = AuthenticatorData.FLAG
RP = sha256(HOST.encode()).digest()


class SoftwarePasskey:
    """The passkey of a person for the host localhost."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.key = ec.generate_private_key(ec.SECP256R1())
        credential = AttestedCredentialData.create(bytes(16), ID, ES256.from_cryptography_key(self.key.public_key()))
        about = AuthenticatorData.create(RP, FLAG.UP | FLAG.UV | FLAG.AT, 0, credential)
        client = CollectedClientData.create("webauthn.create", "AAAA", ORIGIN)
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", about, {})),
        }
        data = {
            "name": "Passkey",
            "credential": {**_credential(response), "clientExtensionResults": {"credProps": {"rk": True}}},
        }
        Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)

    def answer(self, challenge: str) -> dict[str, Any]:
        """Return the credential that the page of a sign-in sends."""
        about = AuthenticatorData.create(RP, FLAG.UP | FLAG.UV, 1)
        client = CollectedClientData.create("webauthn.get", challenge, ORIGIN)
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(about),
            "signature": websafe_encode(self.key.sign(about + client.hash, ec.ECDSA(SHA256()))),
            "userHandle": websafe_encode(user_pk_to_url_str(self.person).encode()),
        }
        return _credential(response)


def _credential(response: dict[str, str]) -> dict[str, Any]:
    return {"type": "public-key", "id": websafe_encode(ID), "rawId": websafe_encode(ID), "response": response}
