"""Requests: their types, and what can be told from where they came."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest
from django.http.request import split_domain_port

from vaka.accounts.models import User


class SignedInRequest(HttpRequest):
    """What a view behind @login_required gets."""

    user: User


def host_of(request: HttpRequest) -> str:
    """Return the host that the visitor typed, without its port; an IPv6 address keeps its brackets."""
    return split_domain_port(request.get_host())[0]


def is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def network_of(request: HttpRequest) -> str:
    """The network that a request comes from, as far as one can tell."""
    return network(str(request.META.get("REMOTE_ADDR", "")))


def network(text: str) -> str:
    """The address itself; of IPv6 its /64, which one household has."""
    if not is_address(text):
        return text
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
    return text


def is_local(request: HttpRequest) -> bool:
    """Whether the visitor typed a name that only his own machine has."""
    host = host_of(request).strip("[]")
    return host == "localhost" or host.endswith(".localhost") or (is_address(host) and ip_address(host).is_loopback)


def is_loopback(request: HttpRequest) -> bool:
    """Whether the request came from a program on this machine, and no proxy says that it brings it for another."""
    brought = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    address = str(request.META.get("REMOTE_ADDR", ""))
    return not brought and is_address(address) and ip_address(address).is_loopback


def passkeys_work(request: HttpRequest) -> bool:
    """Whether a browser offers passkeys here: a name, not an address, and https or the visitor's own machine."""
    host = host_of(request)
    return host == "localhost" or host.endswith(".localhost") or (request.is_secure() and not is_address(host))
