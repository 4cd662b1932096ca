"""Whether a site can be reached from the Internet. Settings read it, so it knows no Django apps."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

# Names that no server of the Internet has (RFC 6761, 6762, 8375, 9476, and what routers give to a LAN)
LOCAL = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".test", ".invalid", ".alt")


def is_public(host: str) -> bool:
    """Whether a name or address, as VAKA_HOSTS holds it, could be one of the Internet."""
    host = host.strip("[]*").rstrip(".").lower()
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.lstrip(".") and not f".{host}".endswith(LOCAL)


def has_public_name(
    *, hosts: Iterable[str], public_url: str, behind_proxy: bool, bind: str, own: Iterable[str]
) -> bool:
    """Whether a site stands on the Internet, as far as its settings tell.

    HOSTS are names and addresses that visitors type, BIND is where it listens, OWN are the addresses of this machine. A
    certificate names a laptop in a room, too: its names count only outside a room, and are then among HOSTS.
    """
    listens = list(own) if bind in ("0.0.0.0", "::", "*") else [bind] if bind else []  # noqa: S104  # it is read, not bound
    if bind == "0.0.0.0":  # noqa: S104
        listens = [address for address in listens if ":" not in address]
    named = [*hosts, urlsplit(public_url).hostname or "", *listens]
    return behind_proxy or any(is_public(host) for host in named if host)
