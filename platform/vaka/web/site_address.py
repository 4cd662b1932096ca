"""The address of the site in links: in mails, and in what a page shows for another person to open.

``settings.PUBLIC_URL`` is that of certificates. It is the one of this server only, if nothing else was set.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from vaka import host_names
from vaka.web.request_origin import is_local


def configured() -> str:
    """Return the address at which others open the site, as far as the settings tell; else an empty string."""
    if settings.LAN_URL:
        return str(settings.LAN_URL)
    if not host_names.is_loopback(urlsplit(settings.PUBLIC_URL).hostname or ""):
        return str(settings.PUBLIC_URL)
    named, port = host_names.shown(settings.HOSTS), "" if settings.BEHIND_PROXY else f":{settings.PORT}"
    return f"{'https' if settings.HTTPS else 'http'}://{named}{port}" if named else ""


def for_mail(request: HttpRequest | None = None) -> str:
    """Return the address for a mail. What the sender of a request typed counts only if the settings name no address."""
    typed = f"{request.scheme}://{request.get_host()}" if request else ""
    return configured() or typed or str(settings.PUBLIC_URL)


def for_page(request: HttpRequest) -> str:
    """Return the address for a page that shows it: as it was typed, which works, but not ``localhost`` for other people."""
    if settings.LAN_URL or is_local(request):
        return for_mail(request)
    return f"{request.scheme}://{request.get_host()}"
