"""Replaces addresses, numbers and words in what a program printed, and keeps the columns where they were."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HEX = "[0-9A-Fa-f]"
IPV6 = rf"(?<![\w:.]){HEX}{{0,4}}(?::{HEX}{{0,4}}){{1,6}}:(?:{HEX}{{1,4}}|(?<=::))(?:/[0-9]{{1,3}})?(?![\w/]|:[\w:])"
# tcpdump writes the port as a fifth number
IPV4 = r"(?<![\w:.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?(?![\w/]|\.(?:[0-9]{6}|[0-9]+[A-Za-z_.]))"
# AS numbers of documentation have five digits or more. One can stand after "name": in JSON, and before the colon of AS64500:AS-ALL
NUMBER = r"(?<![0-9A-Za-z./-])(?<![^\"]:)(?:AS)?[0-9]{5,10}(?![0-9./][0-9]|[0-9]|:[0-9])"
COMMUNITY = r"(?<![\w:.])[0-9]{1,10}(?::[0-9]{1,10}){1,2}(?![\w:.])"
PORT = r"(?<!\"):[0-9]{4,5}(?![\w:]|\.[0-9])"
REVERSE = rf"(?<![\w-])(?:(?:{HEX}\.){{1,32}}ip6|(?:[0-9]{{1,3}}\.){{1,4}}in-addr)\.arpa(?![\w-])"
MAC = r"(?<![\w:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])"
TOKEN = re.compile(
    rf"(?P<before> *)(?P<token>{REVERSE}|{MAC}|{COMMUNITY}|{IPV6}|{IPV4}|{PORT}|{NUMBER})(?P<after> *)(?P<end>$)?", re.M
)
RUN = re.compile(r"(?P<token>[^ ]*)(?P<after> *)(?P<end>$)?")
WITH_GROUPS = range(32, 128, 16)  # a prefix with a single group can be any number
COLUMN = 2  # spaces: so many or more stand between two columns


def replaced(text: str, new: Callable[[str], str]) -> str:
    """Return the text with NEW(token) for each address, prefix, reverse name, community, port and large number in it.

    A port is a token with the colon before it, as ":8080".
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


def whole(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for these words where they stand whole, also as a part of a name with dots or hyphens."""
    longest = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(map(re.escape, longest))})(?![A-Za-z0-9_])")


def with_words(text: str, words: Mapping[str, str]) -> str:
    """Return the text with each word replaced where it stands whole.

    The next spaces between two columns of the line take up the difference, as when a program prints tabs.
    """
    if not words:
        return text
    wanted = whole(words)

    def put(line: str) -> str:
        written, more = "", 0
        for found in RUN.finditer(line):
            token = wanted.sub(lambda word: words[word[0]], found["token"])
            more += len(token) - len(found["token"])
            spaces = len(found["after"])
            if spaces >= COLUMN and found["end"] is None:
                spaces = max(1, spaces - more)
                more -= len(found["after"]) - spaces
            written += f"{token}{' ' * spaces}"
        return written

    return "".join(put(line) for line in text.splitlines(keepends=True))


def with_hexadecimal(text: str, networks: Iterable[tuple[Network, Network]]) -> str:
    """Return the text with the prefixes that end at a group replaced in hexadecimal, as in 2001 0db8 0005 of a packet."""
    groups = {_groups(old): _groups(new) for old, new in networks if old.prefixlen in WITH_GROUPS and old.version == 6}
    return whole(groups).sub(lambda found: groups[found[0]], text) if groups else text


def _groups(network: Network) -> str:
    return " ".join(network.network_address.exploded.split(":")[: network.prefixlen // 16])


def is_community(token: str) -> bool:
    return re.fullmatch(COMMUNITY, token) is not None


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


def reverse_moved(name: str, networks: Iterable[tuple[Network, Network]]) -> str:
    """Return a name below ip6.arpa or in-addr.arpa for the address or prefix that it becomes by the first that fits of NETWORKS."""
    *labels, zone, top = name.split(".")
    each = 4 if zone == "ip6" else 8
    length = each * len(labels)
    number = 0
    for label in reversed(labels):
        number = (number << each) + int(label, 16 if zone == "ip6" else 10)
    try:
        made = ipaddress.IPv6Address if zone == "ip6" else ipaddress.IPv4Address
        address: Address = made(number << (128 if zone == "ip6" else 32) - length)
    except ValueError:
        return name
    for old, new in networks:
        if (there := moved(f"{address}/{length}", old, new)) is not None:
            written = ipaddress.ip_interface(there).ip.reverse_pointer.split(".")[:-2]
            own = [*written[-len(labels) :], zone, top]
            return ".".join(own).upper() if name.isupper() else ".".join(own)
    return name
