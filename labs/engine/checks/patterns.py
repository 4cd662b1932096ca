"""Authors' regular expressions over what a learner's node says. RE2 takes time in proportion to the text, whatever the text is.

It has no backreferences and no look-around.
"""

from functools import lru_cache
from typing import Any

import re2

LONGEST = 64 * 1024  # characters that one is run over


@lru_cache(512)
def _compiled(pattern: str, of_lines: bool) -> Any:
    """``of_lines``: ^ and $ are those of each line."""
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
    """Whether the text has it somewhere."""
    encoded = text[:LONGEST].encode(errors="replace")
    return _compiled(pattern, of_lines).search(encoded) is not None
