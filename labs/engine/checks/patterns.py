"""Regular expressions of authors, matched against the output of a learner's node.

They are compiled by RE2: the time is proportional to the length of the text, whatever the text is. RE2 has no backreferences and no
look-around.
"""

import re
from functools import lru_cache
from typing import Any

import re2

from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

LONGEST = 64 * 1024  # characters of the text that are searched
# A pattern of plain words. A dot stands for itself in a name or an address
PLAIN = re.compile(r"(?P<begin>\^?)(?P<words>(?:[^\\.*+?()\[\]{}|^$]|\.(?![*+?{]))+)(?P<end>\$?)")
PLAIN_WORDS = {
    (False, False): _("a text that contains “%(words)s”"),
    (True, False): _("a text that begins with “%(words)s”"),
    (False, True): _("a text that ends with “%(words)s”"),
    (True, True): _("the text “%(words)s”"),
}
MATCHES = _("a text that matches %(pattern)s")


@lru_cache(512)
def _compiled(pattern: str, of_lines: bool) -> Any:
    """``of_lines``: ^ and $ match at the ends of each line."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(f"(?m){pattern}" if of_lines else pattern, options)


def compiles(pattern: str) -> bool:
    try:
        _compiled(pattern, False)
    except re2.error:
        return False
    return True


def matches(pattern: str, text: str, *, of_lines: bool = False) -> bool:
    """Whether the pattern matches somewhere in the text."""
    encoded = text[:LONGEST].encode(errors="replace")
    return _compiled(pattern, of_lines).search(encoded) is not None


def as_text(pattern: str) -> Text:
    """Say what a pattern matches. One that is more than plain words stays as it is: a verdict then says the check's title."""
    if plain := PLAIN.fullmatch(pattern):
        return Text(PLAIN_WORDS[bool(plain["begin"]), bool(plain["end"])], words=plain["words"].strip())
    return Text(MATCHES, pattern=pattern)


def with_pattern(words: str, pattern: str) -> str | Text:
    """The words and what the pattern matches; either may be empty."""
    if not pattern:
        return words
    return Text(_("%(words)s, and %(pattern)s"), words=words, pattern=as_text(pattern)) if words else as_text(pattern)
