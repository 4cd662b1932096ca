"""The programs of services as a state names them, and which files are theirs."""

import re

LETTERS = re.compile(r"[a-z0-9]+")
SHORTEST = 3  # letters of a name that another one may begin with


def is_of(path: str, program: str) -> bool:
    """Whether a file in /etc belongs to this program, by their names: /etc/kea/kea-dhcp6.conf to kea-dhcp6, /etc/ssh/x to sshd."""
    names = [word.partition(".")[0] for word in path.removeprefix("/etc/").split("/")]
    own = LETTERS.match(program)
    if own is None or names[0] == "init":
        return False
    return any(len(name) >= SHORTEST and (own[0] == name or program.startswith(name)) for name in (names[0], names[-1]))
