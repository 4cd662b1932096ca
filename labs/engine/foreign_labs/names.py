"""Names that our lab files allow, made from those of another system."""

import re
from collections.abc import Iterable

from labs.engine.authoring import interface_names

LONGEST_NODE = 12
LONGEST_ID = 63
LONGEST_INTERFACE = 15


def slug(text: str, longest: int, otherwise: str) -> str:
    """Return lower-case letters, digits and hyphens that begin with a letter, at most LONGEST."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    made = made if re.match(r"[a-z]", made) else f"{otherwise}-{made}".strip("-")
    return made[:longest].strip("-")


def unique(wanted: str, used: Iterable[str], longest: int) -> str:
    """Return WANTED, or with a number at its end the first name like it that is not used."""
    taken = set(used)
    if wanted not in taken:
        return wanted
    numbers = (f"-{number}" for number in range(2, len(taken) + 3))
    return next(name for end in numbers if (name := wanted[: longest - len(end)].rstrip("-") + end) not in taken)


def node_names(foreign: Iterable[str]) -> dict[str, str]:
    """Return our name of each node."""
    names: dict[str, str] = {}
    for name in foreign:
        names[name] = unique(_node(name), names.values(), LONGEST_NODE)
    return names


def _node(name: str) -> str:
    """A long name keeps both its ends, because nodes of a kind differ at the end."""
    made = slug(name, LONGEST_ID, "n")
    if len(made) <= LONGEST_NODE:
        return made
    return f"{made[:7].rstrip('-')}-{made[-4:].lstrip('-')}"


def interface_name(foreign: str) -> str:
    """Return our name of an interface: mostly the same."""
    if not interface_names.wrong(foreign):
        return foreign
    made = re.sub(r"[^a-z0-9.]+", "-", foreign.lower()).strip("-.")
    made = (made if re.match(r"[a-z]", made) else f"e{made}")[:LONGEST_INTERFACE]
    return f"if-{made}"[:LONGEST_INTERFACE] if interface_names.wrong(made) else made


def replaced(line: str, names: dict[str, str]) -> str:
    """Return a line with each of these words in it replaced."""
    if not names:
        return line
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w./-])(?:{pattern})(?![\w/-])", lambda match: names[match[0]], line)
