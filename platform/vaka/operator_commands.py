"""The commands that an operator types on this server: in a clone, or where ``docker/setup install`` has made a unit of systemd."""

import re

from django.conf import settings

SETTINGS = "/etc/vaka/vaka.env"  # of an installed site
_AT_THE_END = re.compile(r"\bmake (image|setup)$")


def start() -> str:
    return f"systemctl start {settings.UNIT}" if settings.UNIT else "make run"


def start_with(variable: str, value: object) -> str:
    """Return what starts the site with another value of a setting."""
    if settings.UNIT:
        return f"write {variable}={value} into {SETTINGS}, and type: {set_up()}"
    return f"{variable}={value} make run"


def open_to_others() -> str:
    """Return what lets other computers open the site."""
    return f"sudo {set_up()} --name NAME" if settings.UNIT else "make run LAN=1"


def serve_lan(address: str) -> str:
    return start_with("VAKA_LAN", address) if settings.UNIT else f"make run LAN={address}"


def serve_lan_with_certificate() -> str:
    if settings.UNIT:
        return f"write VAKA_CERT=… and VAKA_KEY=… into {SETTINGS}, and type: systemctl restart {settings.UNIT}"
    return "make run LAN=1 CERT=… KEY=…"


def set_up() -> str:
    return "docker/setup install" if settings.UNIT else "docker/setup"


def manage(words: str) -> str:
    """Return a command of the site."""
    return f"sudo vaka {words}" if settings.UNIT else f"manage.py {words}"


def log(program: str) -> str:
    """Return what shows the messages of a program."""
    return f"journalctl -t vaka-{program}" if settings.UNIT else f"less .vaka/log/{program}.log"


def build_image(*, fresh: bool = False) -> str:
    if settings.UNIT:
        return f"sudo /opt/vaka/current/docker/lab/build{' --fresh' if fresh else ''}"
    return f"make image{' FRESH=1' if fresh else ''}"


def on_this_server(text: str) -> str:
    """Return a message of the engine, which knows clones only, with the command for this server at its end."""
    commands = {"image": build_image(), "setup": set_up()}
    return _AT_THE_END.sub(lambda found: commands[found[1]], text)
