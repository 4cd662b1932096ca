"""System checks of settings that are valid one by one but contradict each other, and of the static files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Error, Tags, Warning, register

HASHING = "ManifestStaticFilesStorage"


@register(Tags.security)
def settings_fit(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*ports(), *gateway(), *hosts(), *secrets()]


@register(Tags.staticfiles)
def static_files_are_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"IMPORT_MAP names the file {path} for {name}, but no app has that file.", id="vaka.E005")
        for name, path in settings.IMPORT_MAP.items()
        if finders.find(path) is None
    ]
    hashed = settings.STORAGES["staticfiles"]["BACKEND"].endswith(HASHING)
    if hashed and not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        found.append(Warning("No page works until you run: manage.py collectstatic --noinput", id="vaka.W001"))
    return found


def ports() -> Iterator[CheckMessage]:
    if settings.PORT == settings.GATEWAY_PORT:
        yield Error(
            f"The site and the terminal gateway use the same port, {settings.PORT}.",
            hint="Set VAKA_PORT or VAKA_GATEWAY_PORT to another port.",
            id="vaka.E001",
        )


def gateway() -> Iterator[CheckMessage]:
    if not settings.GATEWAY_URL:
        return
    url = urlsplit(settings.GATEWAY_URL)
    if url.scheme not in ("ws", "wss") or not url.netloc or re.search(r"[\s;,'\"]", settings.GATEWAY_URL):
        yield Error(
            f"VAKA_GATEWAY_URL is {settings.GATEWAY_URL!r}, which is not a WebSocket address.",
            hint="Use ws://host:port or wss://host, or leave it empty.",
            id="vaka.E002",
        )
    elif settings.HTTPS and url.scheme == "ws":
        yield Error(
            "The site is served over HTTPS, from which browsers do not open ws:// terminals.",
            hint="Let the proxy serve the gateway too, and set VAKA_GATEWAY_URL to its wss:// address.",
            id="vaka.E003",
        )


def hosts() -> Iterator[CheckMessage]:
    for host in settings.ALLOWED_HOSTS:
        if host == "*" and not settings.DEBUG:
            yield Error(
                "VAKA_HOSTS is *: an attacker could choose the host name in links, also in e-mails that the site sends.",
                hint="List the names and addresses of this site.",
                id="vaka.E004",
            )
        elif "://" in host or re.search(r"[^\]]:\d+$", host.rpartition("]")[2] or host):
            yield Error(
                f"VAKA_HOSTS contains {host!r}. Write host names without a scheme and a port.",
                id="vaka.E006",
            )


def secrets() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    files = [Path(settings.STATE_DIR) / "secret_key"]
    if database["ENGINE"].endswith("sqlite3"):
        files.append(Path(database["NAME"]))
    for file in files:
        if file.exists() and file.stat().st_mode & 0o002:
            yield Error(f"Every user of this server can write to {file}.", hint=f"chmod o-rwx {file}", id="vaka.E007")
