"""The machine's address in a room, and the names in a certificate. Settings read it, so it knows no Django apps."""

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
NOT_A_ROOM = ("lo", "docker", "br-", "virbr", "veth", "lxc", "cni", "podman")  # networks inside this machine


@dataclass(frozen=True, slots=True)
class Here:
    """An address of this machine and the interface that has it."""

    interface: str
    address: str

    def __str__(self) -> str:
        return f"{self.address} ({self.interface})"


def address(wanted: str) -> str:
    """Return where people in the room reach this machine: the address given, or for a plain yes the one we find."""
    if wanted.lower() in env.FALSE:
        return ""
    if wanted.lower() in env.TRUE:
        return choose(addresses(), default_interface(Path("/proc/net/route").read_text()))
    try:
        found = ipaddress.ip_address(wanted.strip("[]"))
    except ValueError:
        raise ImproperlyConfigured(
            f"LAN is {wanted!r}. Write 1, or one of this machine's addresses: {listed(addresses())}."
        ) from None
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        raise ImproperlyConfigured(f"Browsers in the room cannot open {found}. Choose: {listed(addresses())}.")
    return str(found)


def choose(found: Sequence[Here], by_default: str) -> str:
    """Return the address of the interface with the default route, else the only one that leads out of this machine.

    IPv4 first: it is what people can type, and a page's security policy cannot name an IPv6 address.
    """
    outside = [here for here in found if not here.interface.startswith(NOT_A_ROOM)]
    for version in (4, 6):
        these = [here for here in outside if ipaddress.ip_address(here.address).version == version]
        for here in these:
            if here.interface == by_default:
                return here.address
        if len({here.interface for here in these}) == 1:
            return these[0].address
        if these:
            raise ImproperlyConfigured(
                f"This machine is in several networks. Say which one the room is: make run LAN=ADDRESS, "
                f"with one of {listed(these)}."
            )
    raise ImproperlyConfigured(
        "This machine has no address in a room: no interface but its own is up. Join the network and start again; "
        f"or choose an address yourself, make run LAN=ADDRESS: {listed(found)}."
    )


def listed(found: Sequence[Here]) -> str:
    return ", ".join(map(str, found)) or "it has none"


def addresses() -> list[Here]:
    """Return the addresses of this machine that others could type, loopback left out."""
    found = [Here(name, of) for _, name in socket.if_nameindex() if name != "lo" and (of := ipv4_of(name))]
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


def in_table(text: str) -> list[Here]:
    """Read /proc/net/if_inet6: global and unique local addresses; a link-local one cannot stand in a URL."""
    rows = (line.split() for line in text.splitlines())
    return [
        Here(row[5], str(ipaddress.IPv6Address(bytes.fromhex(row[0]))))
        for row in rows
        if int(row[3], 16) == GLOBAL and row[5] != "lo"
    ]


def default_interface(text: str) -> str:
    """Read /proc/net/route: the interface of the default route with the smallest metric, or nothing."""
    rows = [line.split() for line in text.splitlines()[1:]]
    defaults = [(int(row[6]), row[0]) for row in rows if row[1] == row[7] == "00000000" and int(row[3], 16) & UP]
    return min(defaults)[1] if defaults else ""


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def names(certificate: str) -> list[str]:
    """Return the names that a certificate is for, as ALLOWED_HOSTS writes them; addresses are known otherwise."""
    if not certificate:
        return []
    from cryptography import x509  # here: it loads slowly, and only a site with a certificate needs it

    try:
        leaf = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except OSError as error:
        raise ImproperlyConfigured(f"CERT cannot be read: {error}.") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"CERT={certificate} holds no certificate in PEM form: {error}.") from error
    except x509.ExtensionNotFound:
        raise ImproperlyConfigured(f"CERT={certificate} names no host (it has no subjectAltName).") from None
    return [name.removeprefix("*") for name in names.get_values_for_type(x509.DNSName)]


def shown(hosts: Sequence[str]) -> str:
    """Return the first host that people can type; one that begins with a dot stands for many."""
    return next((host for host in hosts if not host.startswith((".", "*"))), "")
