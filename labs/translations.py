"""Texts about labs in the reader's language: those of a lab's author, and the sentences of the engine.

``manage.py lab_texts`` writes the authors' texts for a translator. The messages are in the catalogues of the site's languages.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from labs.engine.translatable_text import Text


def authored(text: str) -> str:
    """Return a title, summary, hint or cause of a lab in the reader's language; without a translation as its author wrote it."""
    return Text.authored(text).translated(gettext) if text else ""


def translated(text: Mapping[str, Any] | None) -> str:
    """Return a stored Text in the reader's language. Its parameters may come from a lab, so the template escapes them."""
    return Text.from_json(text).translated(gettext) if text else ""
