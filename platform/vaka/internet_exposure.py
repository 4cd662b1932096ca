"""Tells whether a site can be reached from the Internet. Settings use it, so it imports no Django app."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

# Names that no server on the Internet has (RFC 6761, 6762, 8375, 9476, and names that home routers hand out)
LOCAL = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".test", ".invalid", ".alt")


def is_public(host: str) -> bool:
    """Return whether a name or address, as in VAKA_HOSTS, could be on the Internet. ``*`` stands for every name."""
    if host == "*":
        return True
    host = host.strip("[]*").rstrip(".").lower()
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.lstrip(".") and not f".{host}".endswith(LOCAL)


def has_public_name(
    *, hosts: Iterable[str], public_url: str, behind_proxy: bool, bind: str, own: Iterable[str]
) -> bool:
    """Return whether the site is on the Internet, as far as its settings tell.

    ``hosts`` are the names and addresses that visitors type, ``bind`` is the listening address, ``own`` are this server's
    addresses. The names in a certificate are among ``hosts`` unless the site serves a LAN, where a laptop may have one.
    """
    listens = list(own) if bind in ("0.0.0.0", "::", "*") else [bind] if bind else []  # noqa: S104  # read, not bound
    if bind == "0.0.0.0":  # noqa: S104
        listens = [address for address in listens if ":" not in address]
    named = [*hosts, urlsplit(public_url).hostname or "", *listens]
    return behind_proxy or any(is_public(host) for host in named if host)
