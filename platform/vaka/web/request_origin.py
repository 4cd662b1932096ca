"""The origin of a request: the host that the user typed, and the network that it came from."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest
from django.http.request import split_domain_port

from vaka import host_names

PREFIX_LENGTHS = (64, 56, 48)


def host_of(request: HttpRequest) -> str:
    """Return the host that the user typed, without its port; an IPv6 address keeps its brackets."""
    return split_domain_port(request.get_host())[0]


def is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def network_of(request: HttpRequest) -> str:
    """Return the network that the request came from, or an empty string if the server does not know it."""
    return network(str(request.META.get("REMOTE_ADDR", "")))


def networks_of(request: HttpRequest) -> tuple[str, ...]:
    """Return the networks that the request came from, the smallest first."""
    return networks(str(request.META.get("REMOTE_ADDR", "")))


def network(text: str) -> str:
    """Return an IPv4 address as it is, and an IPv6 address as its /64: one link, as a household or a room has it."""
    return networks(text)[0]


def networks(text: str) -> tuple[str, ...]:
    """Return an IPv4 address as it is, and an IPv6 address as its /64, /56 and /48.

    A customer with a /56 has 256 networks, and a site with a /48 has 65,536 (RFC 6177): what counts by /64 alone, they multiply.
    """
    if not is_address(text):
        return (text,)
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return (str(address.ipv4_mapped),)
        return tuple(str(IPv6Network((address, length), strict=False)) for length in PREFIX_LENGTHS)
    return (text,)


def is_local(request: HttpRequest) -> bool:
    """Whether the user typed a name or an address of the loopback interface."""
    return host_names.is_loopback(host_of(request))


def is_loopback(request: HttpRequest) -> bool:
    """Whether a program on this server sent the request, and no proxy header says that it was forwarded."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    address = str(request.META.get("REMOTE_ADDR", ""))
    return not forwarded and is_address(address) and ip_address(address).is_loopback


def passkeys_work(request: HttpRequest) -> bool:
    """Whether browsers allow passkeys here: on localhost, or with HTTPS and a host name that is not an IP address."""
    host = host_of(request)
    return host == "localhost" or host.endswith(".localhost") or (request.is_secure() and not is_address(host))
