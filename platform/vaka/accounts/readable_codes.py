"""Codes that people read from a projector and type: 8 letters and digits that do not look alike, in two groups of four."""

import secrets
from hashlib import sha256

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L, O, 0 and 1
LENGTH = 8  # 31 ** 8, about 8.5e11 codes: docs/threat-model.md says what guessing costs


def draw() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def shown(code: str) -> str:
    """Return the code as people read it: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """Return the code that somebody typed. Case, dashes and spaces do not matter."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[: LENGTH + 1]


def hashed(secret: str) -> str:
    """Return the hash under which a random secret is stored. A random secret needs no salt and no slow hash."""
    return sha256(secret.encode()).hexdigest()
