"""Check types ``nat64.*``."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest

from labs.engine.checks import TYPES, BadExpect
from labs.engine.checks.nat64 import embedded


@pytest.mark.parametrize(
    ("prefix", "address"),
    [  # RFC 6052, 2.4
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ],
)
def test_an_ipv4_address_is_embedded_in_an_ipv6_address(prefix, address):
    assert embedded(IPv6Network(prefix), IPv4Address("192.0.2.33")) == IPv6Address(address)


@pytest.mark.parametrize(
    ("expect", "word"),
    [
        ({"address": "2001:db8::1"}, "address must be of IPv4"),
        ({"source": "2001:db8::/64"}, "source must be of IPv4"),
        ({"prefix": "64:ff9b::/80"}, "one of the lengths"),
    ],
)
def test_an_author_is_told_what_a_nat64_cannot_translate(expect, word):
    good = {"to": "h2", "address": "192.0.2.2", "protocol": "tcp", "port": 80, "source": "198.51.100.0/24"}
    TYPES["nat64.flow"].parse({**good, "prefix": "64:ff9b::/96"})
    with pytest.raises(BadExpect, match=word):
        TYPES["nat64.flow"].parse({**good, "prefix": "64:ff9b::/96", **expect})
