"""Replaces addresses and numbers in what a program printed, and keeps the columns where they were."""

import ipaddress
import re
from collections.abc import Callable

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HEX = "[0-9A-Fa-f]"
IPV6 = rf"(?<![\w:.]){HEX}{{0,4}}(?::{HEX}{{0,4}}){{1,6}}:(?:{HEX}{{1,4}}|(?<=::))(?:/[0-9]{{1,3}})?(?![\w/]|:[\w:])"
IPV4 = r"(?<![\w:.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?(?![\w:/]|\.[0-9])"
NUMBER = r"(?<![0-9A-Za-z.:/-])(?:AS)?[0-9]{5,10}(?![0-9.:/][0-9]|[0-9:])"  # AS numbers of documentation have five digits or more
MAC = r"(?<![\w:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])"
TOKEN = re.compile(rf"(?P<before> *)(?P<token>{MAC}|{IPV6}|{IPV4}|{NUMBER})(?P<after> *)(?P<end>$)?", re.M)
COLUMN = 2  # spaces: so many or more stand between two columns


def replaced(text: str, new: Callable[[str], str]) -> str:
    """Return the text with NEW(token) for each address, prefix, MAC address and large number in it.

    When a token becomes longer or shorter, the spaces after it (before it, for a number) take up the difference.
    """

    def put(found: re.Match[str]) -> str:
        token, before, after = found["token"], found["before"], found["after"]
        written = new(token)
        more = len(written) - len(token)
        if not more:
            return f"{before}{written}{after}"
        if token.isdigit() and len(before) >= COLUMN:
            before = " " * max(1, len(before) - more)
        elif len(after) >= COLUMN and found["end"] is None:
            after = " " * max(1, len(after) - more)
        return f"{before}{written}{after}"

    return TOKEN.sub(put, text)


def as_network(token: str) -> tuple[Address, int | None] | None:
    """Return the address of a token and the length behind it, if there is one; None if the token is no address."""
    text, slash, length = token.partition("/")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if slash and int(length) > address.max_prefixlen:
        return None
    return address, int(length) if slash else None


def moved(token: str, old: Network, new: Network) -> str | None:
    """Return an address or a prefix inside OLD as the same one inside NEW; None if it is not inside.

    A prefix that contains OLD becomes the prefix of the same length that contains NEW.
    """
    read = as_network(token)
    if read is None or read[0] not in old:
        return None
    address, length = read
    here = int(address) - int(old.network_address) + int(new.network_address)
    there: Address = type(address)(here)
    if length is None:
        return str(there)
    if length < old.prefixlen:
        return str(ipaddress.ip_network((str(new.network_address), length), strict=False))
    return f"{there}/{length}"
