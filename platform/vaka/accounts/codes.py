"""Codes that people read from a wall and type: letters and digits that nobody takes for others, in two groups of four."""

import secrets
from hashlib import sha256

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L, O, 0 and 1
LENGTH = 8  # 31 ** 8, about 850 milliards: docs/threat-model.md says what guessing costs


def draw() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def shown(code: str) -> str:
    """The code as people read it: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """What somebody meant who typed this: case, dashes and spaces do not matter."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[: LENGTH + 1]


def hashed(secret: str) -> str:
    """What we keep of a secret that was drawn at random: it needs no salt and no slow hash."""
    return sha256(secret.encode()).hexdigest()
