"""Regular expressions of authors, matched against the output of a learner's node.

They are compiled by RE2: the time is proportional to the length of the text, whatever the text is. RE2 has no backreferences and no
look-around.
"""

from functools import lru_cache
from typing import Any

import re2

LONGEST = 64 * 1024  # characters of the text that are searched


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
