"""The commands that an operator types on this server: in a clone, or where ``docker/setup install`` has made a unit of systemd."""

from django.conf import settings

SETTINGS = "/etc/vaka/vaka.env"  # of an installed site


def start() -> str:
    return f"systemctl start {settings.UNIT}" if settings.UNIT else "make run"


def start_with(variable: str, value: object) -> str:
    """Return what starts the site with another value of a setting."""
    if settings.UNIT:
        return f"write {variable}={value} into {SETTINGS}, and type: {set_up()}"
    return f"{variable}={value} make run"


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
