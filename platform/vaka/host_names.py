"""Finds the name of a site that other people can type. Settings use it, so it imports no Django app."""

import ipaddress
from collections.abc import Sequence


def shown(hosts: Sequence[str]) -> str:
    """Return the first host that other people can type. One that begins with a dot stands for many names."""
    return next((host for host in hosts if not host.startswith((".", "*")) and not is_loopback(host)), "")


def is_loopback(host: str) -> bool:
    """Whether a host name or an address, also in brackets, leads everybody to their own computer."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
