"""Names of people as they type them: Unicode form NFC, single spaces, and only letters that one can see.

An invisible letter can turn the direction of all that follows on a line, so that another name seems to stand there, or make two
names look the same (Unicode Technical Report 36, section 2). Phones add some of them to a name, so they are left out, not refused.
"""

import unicodedata
from typing import Any

from django import forms

JOINERS = "\u200c\u200d"  # some scripts need them inside a word
# Of a name as it was typed, before anything looks at it: far more than any field stores. The time for a Unicode form grows with
# the square of the length, and anybody may send megabytes
MOST_LETTERS = 1000


def is_invisible(letter: str) -> bool:
    """Whether a letter is a control, a format, or none at all (the categories C of Unicode). Joiners count as visible."""
    return unicodedata.category(letter).startswith("C") and letter not in JOINERS


def one_line(written: str) -> str:
    """Return a name in Unicode form NFC, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", written[:MOST_LETTERS]).split())


def plain_username(written: str) -> str:
    """Return a username in Unicode form NFKC, as Django's UsernameField does."""
    return unicodedata.normalize("NFKC", written[:MOST_LETTERS])


def visible(written: str) -> str:
    """Return the name without what nobody can see, which may be nothing."""
    name = one_line("".join(letter for letter in one_line(written) if not is_invisible(letter)))
    return name if name.strip(JOINERS) else ""


class NameField(forms.CharField):
    """The name of a person. Nothing is left of a name of invisible letters only: a required field asks for it again."""

    def to_python(self, value: Any) -> str:
        return visible(super().to_python(value) or "")
