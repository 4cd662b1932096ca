"""Reads and changes a file of settings as systemd does (EnvironmentFile=): a line NAME=value each.

It uses Python 3.8 and the standard library only, because the command ``vaka`` uses it with the system's Python.
"""

import re
from pathlib import Path

FILE = Path("/etc/vaka/vaka.env")
FIXED = {"VAKA_STATE": "/var/lib/vaka", "VAKA_UNIT": "vaka"}  # as vaka.service sets them


def of_the_site():
    """Return the environment of the installed site. Raises OSError if there is no file, or if we may not read it."""
    return {**FIXED, **read(FILE.read_text(encoding="utf-8"))}


def read(text):
    """Return the values by name. A line that begins with # or ; is a comment."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            found[name.strip()] = unquoted(value.strip())
    return found


def unquoted(value):
    """Return a value without the quotes around it. In double quotes a backslash escapes."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        inside = value[1:-1]
        return inside if value[0] == "'" else re.sub(r'\\(["\\$`])', r"\1", inside)
    return value


def with_values(text, values):
    """Return the text with these values. Each takes the place of its line, also of one that is commented out."""
    for name, value in values.items():
        line = f"{name}={value}"
        for place in (rf"^{name}=.*$", rf"^#{name}=.*$"):
            text, found = re.subn(place, lambda _, line=line: line, text, count=1, flags=re.MULTILINE)
            if found:
                break
        else:
            text = f"{text.rstrip()}\n{line}\n"
    return text
