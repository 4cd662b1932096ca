"""Writes values as YAML in one line, so that our reader finds the same value again."""

import json
import re
from collections.abc import Mapping
from typing import Any

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")  # a plain one is not a text everywhere


def flow(value: Any) -> str:
    """Return a text, number, flag, list or mapping as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    is_plain = PLAIN.fullmatch(text) and text.lower() not in WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
