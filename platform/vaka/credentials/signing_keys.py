"""The key that signs certificates. The private key is a file in the state folder. Public keys are rows and stay published."""

import json
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from vaka import env
from vaka.credentials.models import SigningKey

MODE = 0o640  # of the file: the site and the worker sign, as two accounts of one group. Nobody else can open the folder


def file() -> Path:
    return Path(settings.STATE_DIR) / "credentials" / "key.pem"


def current() -> SigningKey:
    """Return the current public key."""
    return _published(_private().public_key())


def sign(payload: dict[str, Any], key: SigningKey) -> str:
    """Return the compact JWS of a credential (Open Badges 3.0, "JSON Web Token Proof Format"; RFC 7515, RFC 8037)."""
    private = _private()
    if thumbprint(public_text(private.public_key())) != key.thumbprint:
        raise StaleKey(key.thumbprint)
    header = {"alg": "EdDSA", "kid": key.url, "typ": "JWT"}
    signed = f"{_encoded(header)}.{_encoded(payload)}"
    return f"{signed}.{base64url(private.sign(signed.encode()))}"


class StaleKey(Exception):
    """The key was replaced while a certificate was being signed."""


def replace() -> SigningKey:
    """Create a new key for future certificates. The old public key stays published, so its certificates stay valid."""
    path = file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".key.")  # mode 0600
    with os.fdopen(descriptor, "w") as out:
        out.write(_new() + "\n")
    Path(draft).chmod(MODE)
    Path(draft).replace(path)
    with transaction.atomic():
        new = current()
        SigningKey.objects.exclude(pk=new.pk).filter(retired_at=None).update(retired_at=timezone.now())
    return new


def payload_of(signed: str) -> dict[str, Any]:
    """Return the payload of a JWS that this site signed."""
    payload: dict[str, Any] = json.loads(from_base64url(signed.split(".")[1]))
    return payload


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_text(key: Ed25519PublicKey) -> str:
    return base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(from_base64url(x))


def thumbprint(x: str) -> str:
    """Return the thumbprint of RFC 7638."""
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return base64url(sha256(members.encode()).digest())


def _published(key: Ed25519PublicKey) -> SigningKey:
    x = public_text(key)
    return SigningKey.objects.get_or_create(thumbprint=thumbprint(x), defaults={"x": x})[0]


def _private() -> Ed25519PrivateKey:
    """Return the private key. The file is read each time, because another process may have replaced it."""
    path = file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = load_pem_private_key(env.made_once(path, _new, mode=MODE).encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} does not contain an Ed25519 key. Restore the file from a backup.")
    return key


def _new() -> str:
    return (
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
    )


def _encoded(value: dict[str, Any]) -> str:
    return base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
