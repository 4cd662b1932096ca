"""Translations of what the authors of labs wrote."""

from django.utils.translation import gettext

from labs.engine.text import Text


def authored(text: str) -> str:
    """Return a title, a summary or a hint in the reader's language; without a translation as the author wrote it."""
    return Text.authored(text).in_words(gettext) if text else ""
