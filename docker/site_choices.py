"""The choices of an operator for `docker/setup install`: name, web server, certificate, database. The next one has them, too.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import json
import os
import re
from pathlib import Path

import environment_file
from steps import Stop

FILE = environment_file.FILE.parent / "choices.json"
NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def chosen(options):
    """Return the choices of this run: the previous ones, and over them what was typed. Raises Stop if they do not fit together."""
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    typed = {name: value for name, value in vars(options).items() if value}
    if before and typed.get("database", before["database"]) != before["database"]:
        raise Stop(
            f"The data of this site are in {before['database']}, and install moves no data. Leave --database out, or uninstall "
            "with --data to begin with an empty site."
        )
    for name in ("cert", "key"):
        if name in typed:
            # Its links stay: certbot leads them elsewhere at a renewal
            typed[name] = os.path.abspath(typed[name])
    if typed.get("front") == "caddy" and before.get("front") == "nginx" and "cert" not in typed:
        before = {**before, "cert": "", "key": ""}  # Caddy gets one by itself
    choices = {"front": "caddy", "database": "sqlite", "cert": "", "key": "", **before, **typed}
    if not choices.get("name"):
        raise Stop("Which name do visitors type? For example: docker/setup install --name learn.example.org")
    if not NAME.fullmatch(choices["name"]):
        raise Stop(
            f"{choices['name']!r} is no name of a server. Write one such as learn.example.org, in small letters."
        )
    if bool(choices["cert"]) != bool(choices["key"]):
        raise Stop("Give both the certificate and its key: --cert fullchain.pem --key privkey.pem")
    if choices["front"] == "nginx" and not choices["cert"]:
        raise Stop("nginx gets no certificate by itself. Give one (--cert, --key), or choose --front caddy.")
    for path in filter(None, (choices["cert"], choices["key"])):
        if not Path(path).is_file():
            raise Stop(f"{path} does not exist. Write the path of the certificate or its key.")
    return choices
