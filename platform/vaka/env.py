"""Reads settings from the environment. An invalid value stops the start with a message that says what is allowed."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from labs.engine.shared import pace

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off", "")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def state_folder(clone: Path) -> Path:
    """Return the folder of the site's state: VAKA_STATE, or ``.vaka`` in a clone. An installed package must be told."""
    if named := text("VAKA_STATE"):
        return Path(named).absolute()
    if not (clone / "manage.py").is_file():
        raise ImproperlyConfigured(
            "VAKA_STATE is not set. Vaka is installed as a package here, so it has no folder of its own. "
            "Set VAKA_STATE to the folder that keeps the site's data, for example /var/lib/vaka."
        )
    return (clone / ".vaka").absolute()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write yes or no.")
    return value in TRUE


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name) or str(default)
    try:
        found = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number.") from None
    if found < least or (most is not None and found > most):
        span = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ImproperlyConfigured(f"{name} is {found}. It must be {span}.")
    return found


def factor(name: str, default: float, *, least: float, most: float) -> float:
    value = text(name) or str(default)
    try:
        found = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a number such as {default:g}.") from None
    if not least <= found <= most:
        raise ImproperlyConfigured(f"{name} is {found:g}. It must be between {least:g} and {most:g}.")
    return found


def port(name: str, default: int) -> int:
    return number(name, default, least=1, most=65535)


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    value = text(name, default).lower() or default
    if value not in options:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write {' or '.join(options)}.")
    return value


def origin(name: str) -> str:
    """Return the origin of a site: scheme, host and optional port, without a path."""
    value = text(name).removesuffix("/")
    url = urlsplit(value)
    if value and (url.scheme not in ("http", "https") or not url.hostname or value != f"{url.scheme}://{url.netloc}"):
        raise ImproperlyConfigured(f"{name} is {value!r}. Write an address such as https://learn.example.org.")
    return value


def words(name: str) -> list[str]:
    """Return the items of a list that is separated by commas or spaces."""
    return text(name).replace(",", " ").split()


def made_once(path: Path, make: Callable[[], str], *, mode: int) -> str:
    """Return the content of a file, and create it if it does not exist. Of several processes at once, only one creates it."""
    try:
        with suppress(FileNotFoundError):
            if found := path.read_text().strip():
                return found
            raise ImproperlyConfigured(f"{path} is empty. Put its content back from a backup, or remove it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(make() + "\n")
            draft.chmod(mode)
            with suppress(FileExistsError):
                path.hardlink_to(draft)  # fails, unlike a rename, if another process was first
        finally:
            draft.unlink()
        return path.read_text().strip()
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"{error}. If root or a user with sudo started this site, run the command with sudo, too. "
            "Otherwise set VAKA_STATE to a folder of your own."
        ) from error


def secret_or_file(name: str) -> str:
    """Return the variable, or the content of the file that NAME_FILE names."""
    if value := text(name):
        return value
    if file := text(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE cannot be read: {error}. Let the account of the site read it, or name another file."
            ) from error
    return ""


def secret(name: str, path: Path) -> str:
    """Return the variable, or the content of the file that NAME_FILE names, or a random text that is kept at ``path``."""
    return secret_or_file(name) or made_once(path, lambda: secrets.token_urlsafe(50), mode=0o640)


def token(name: str) -> str:
    """Return a secret that the operator chose, or an empty text."""
    value = secret_or_file(name)
    if value and len(value) < 16:
        raise ImproperlyConfigured(f"{name} is too short for a secret. Write at least 16 characters.")
    return value


SQLITE_SECONDS = 20.0  # that a connection waits for another one's write, on a machine of pace 1
SQLITE = {
    # A transaction that reads first fails at its first write if another one wrote meanwhile. IMMEDIATE waits instead
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(name: str, default: Path) -> dict[str, Any]:
    """Turn sqlite:///path or postgres://user:password@host:port/database?option=value into Django's form."""
    url = urlsplit(text(name) or f"sqlite:///{default}")
    if url.scheme == "sqlite":
        options: dict[str, Any] = {"timeout": pace.seconds(SQLITE_SECONDS), **SQLITE}
        # sqlite:///relative and sqlite:////absolute, as in SQLAlchemy; our default has the absolute path of a Path
        path = unquote(url.path)
        file = path if path.startswith("//") else path.removeprefix("/") if text(name) else path
        if not file.strip("/"):
            raise ImproperlyConfigured(f"{name} names no file. Write sqlite:////var/lib/vaka/db.sqlite3.")
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file.replace("//", "/", 1), "OPTIONS": options}
    if url.scheme in ("postgres", "postgresql"):
        try:
            at = url.port
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} has no usable port: {error}. Write a number from 1 to 65535.") from None
        options = dict(parse_qsl(url.query))
        host = options.pop("host", None) or unquote(url.hostname or "")
        if not url.path.strip("/"):
            raise ImproperlyConfigured(f"{name} names no database. Write postgres://user:password@host/database.")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": host,
            "PORT": str(at or ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        f"{name} begins with {url.scheme!r}. Write an address that begins with sqlite:// or postgres://."
    )


def sqlite_file(state: Path) -> Path:
    """Return the path of the database in the state folder; the old one until ``manage.py up`` has moved it (before 0.2)."""
    old, new = state / "db.sqlite3", state / "database" / "db.sqlite3"
    if old.exists() and not new.exists():
        return old
    with suppress(PermissionError):
        new.parent.mkdir(mode=0o770, exist_ok=True)
    return new


def celery_broker(redis: str) -> str:
    """Turn a URL for redis-py into one for Celery. They differ for unix sockets."""
    url = urlsplit(redis)
    if url.scheme == "unix":
        options = dict(parse_qsl(url.query))
        return f"redis+socket://{url.path}?virtual_host={options.get('db', '0')}"
    if url.scheme in ("redis", "rediss"):
        return redis
    raise ImproperlyConfigured(
        f"REDIS_URL begins with {url.scheme!r}. Write an address that begins with unix://, redis:// or rediss://."
    )
