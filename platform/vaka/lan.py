"""The machine's address on the LAN, and the names in a certificate. Settings use it, so it imports no Django app."""

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from vaka import env

SIOCGIFADDR = 0x8915
UP, GATEWAY = 0x1, 0x2  # flags of a route
GLOBAL = 0x00  # scope in /proc/net/if_inet6
# Interfaces to networks inside this server
INTERNAL = (
    "lo",
    "docker",
    "br-",
    "virbr",
    "veth",
    "lxc",
    "cni",
    "podman",
)


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """An address of this server and its interface."""

    interface: str
    address: str

    def __str__(self) -> str:
        return f"{self.address} ({self.interface})"


def address(wanted: str) -> str:
    """Return this server's address on the LAN: the given one, or, for a plain yes, the one that we find."""
    if wanted.lower() in env.FALSE:
        return ""
    if wanted.lower() in env.TRUE:
        return choose(addresses(), default_interface(Path("/proc/net/route").read_text()))
    try:
        found = ipaddress.ip_address(wanted.strip("[]"))
    except ValueError:
        raise ImproperlyConfigured(
            f"LAN is {wanted!r}. Write 1, or one of this server's addresses: {listed(addresses())}."
        ) from None
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        raise ImproperlyConfigured(f"Other machines cannot open {found}. Choose one of: {listed(addresses())}.")
    return str(found)


def choose(found: Sequence[LocalAddress], by_default: str) -> str:
    """Return the address on the interface with the default route, else the only one that other machines can reach.

    IPv4 comes first: people can type it, and a Content Security Policy cannot name an IPv6 address.
    """
    outside = [one for one in found if not one.interface.startswith(INTERNAL)]
    for version in (4, 6):
        these = [one for one in outside if ipaddress.ip_address(one.address).version == version]
        for one in these:
            if one.interface == by_default:
                return one.address
        if len({one.interface for one in these}) == 1:
            return these[0].address
        if these:
            raise ImproperlyConfigured(
                "This server is connected to several networks. Choose the workshop's one: make run LAN=ADDRESS "
                f"(of a service, the setting VAKA_LAN), with one of {listed(these)}."
            )
    raise ImproperlyConfigured(
        "This server is not connected to a network. Connect it and start again, or choose an address yourself with "
        f"make run LAN=ADDRESS (of a service, with the setting VAKA_LAN): {listed(found)}."
    )


def listed(found: Sequence[LocalAddress]) -> str:
    return ", ".join(map(str, found)) or "this server has none"


def addresses() -> list[LocalAddress]:
    """Return the addresses of this server that others could type, without loopback."""
    found = [LocalAddress(name, of) for _, name in socket.if_nameindex() if name != "lo" and (of := ipv4_of(name))]
    table = Path("/proc/net/if_inet6")
    return found + (in_table(table.read_text()) if table.exists() else [])


def ipv4_of(interface: str) -> str:
    """Return the interface's first IPv4 address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking, SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
        except OSError:  # it has none
            return ""
    return socket.inet_ntoa(answer[20:24])


def in_table(text: str) -> list[LocalAddress]:
    """Read /proc/net/if_inet6: global and unique local addresses. A URL cannot hold a link-local one."""
    rows = (line.split() for line in text.splitlines())
    return [
        LocalAddress(row[5], str(ipaddress.IPv6Address(bytes.fromhex(row[0]))))
        for row in rows
        if int(row[3], 16) == GLOBAL and row[5] != "lo"
    ]


def default_interface(text: str) -> str:
    """Read /proc/net/route: the interface of the default route with the smallest metric, or an empty text."""
    rows = [line.split() for line in text.splitlines()[1:]]
    defaults = [(int(row[6]), row[0]) for row in rows if row[1] == row[7] == "00000000" and int(row[3], 16) & UP]
    return min(defaults)[1] if defaults else ""


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def names(certificate: str) -> list[str]:
    """Return the DNS names in a certificate, in the form of ALLOWED_HOSTS."""
    if not certificate:
        return []
    from cryptography import x509  # imported here: it loads slowly, and only a site with a certificate needs it

    try:
        leaf = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except OSError as error:
        raise ImproperlyConfigured(f"CERT cannot be read: {error}. Name a file that you may read.") from error
    except ValueError as error:
        raise ImproperlyConfigured(
            f"CERT={certificate} is not a certificate in PEM format: {error}. Name the PEM file of the certificate."
        ) from error
    except x509.ExtensionNotFound:
        raise ImproperlyConfigured(
            f"CERT={certificate} has no host name (no subjectAltName). Use a certificate that names this server."
        ) from None
    return [name.removeprefix("*") for name in names.get_values_for_type(x509.DNSName)]
