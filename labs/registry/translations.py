"""What the authors of labs wrote, in the reader's language."""

from django.utils.translation import gettext

from labs.engine.text import Text


def authored(text: str) -> str:
    """Return a title, a summary or a hint as the site's catalogue has it; as its author wrote it where nobody translated it."""
    return Text.authored(text).in_words(gettext) if text else ""
