"""Check types ``addr.*``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


def test_addresses_are_compared_as_addresses(r1, ip):
    answer = ip("addr-r1")
    assert outcome("addr.present", {"interface": "lo", "addresses": ["2001:DB8:0:FF:0::1/128"]}, r1, answer) is PASSED
    finding = judge("addr.present", {"interface": "lo", "addresses": ["2001:db8:0:ff::1/64"]}, r1, answer)
    assert finding.outcome is FAILED
    assert str(finding.cause) == "The address is configured with another prefix length."
    assert finding.command == "ip addr show dev lo"
    wrong = {"interface": "lo", "addresses": ["2001:db8:0:ff::9/128"]}
    assert outcome("addr.present", wrong, r1, answer) is FAILED
    assert outcome("addr.present", {**wrong, "present": False}, r1, answer) is PASSED
    assert outcome("addr.present", {"interface": "eth9", "addresses": ["::1/128"]}, r1, answer) is FAILED


def test_a_duplicate_address_fails(h1):
    info = {"local": "2001:db8::5", "prefixlen": 64, "dadfailed": True}
    answer = {"json": [{"ifname": "eth0", "addr_info": [info]}]}
    finding = judge("addr.present", {"interface": "eth0", "addresses": ["2001:db8::5/64"]}, h1, answer)
    assert finding.outcome is FAILED
    assert "Duplicate address detection" in str(finding.cause)


def test_slaac_needs_an_address_that_the_host_made_itself(h1):
    made = {"local": "2001:db8::a8ca:bfff:fe7e:4ba5", "prefixlen": 64, "dynamic": True, "mngtmpaddr": True}
    temporary = made | {"local": "2001:db8::77", "temporary": True}
    by_hand = {"local": "2001:db8::5", "prefixlen": 64}
    expect = {"interface": "eth0", "prefix": "2001:db8::/64"}

    def answer(*infos):
        return {"json": [{"ifname": "eth0", "addr_info": list(infos)}]}

    assert outcome("addr.slaac", expect, h1, answer(made)) is PASSED
    assert outcome("addr.slaac", expect, h1, answer(by_hand)) is FAILED
    assert outcome("addr.slaac", expect, h1, answer()) is FAILED
    assert outcome("addr.slaac", {**expect, "temporary": True}, h1, answer(made)) is FAILED
    assert outcome("addr.slaac", {**expect, "temporary": True}, h1, answer(made, temporary)) is PASSED
    assert outcome("addr.slaac", {**expect, "present": False}, h1, answer(by_hand)) is PASSED


def test_a_deprecated_address_is_not_enough(h1):
    """It is there, but no new connection uses it: the router's preferred lifetime has ended."""
    old = {
        "local": "2001:db8::a8ca:bfff:fe7e:4ba5",
        "prefixlen": 64,
        "dynamic": True,
        "mngtmpaddr": True,
        "deprecated": True,
    }
    answer = {"json": [{"ifname": "eth0", "addr_info": [old]}]}
    slaac = {"interface": "eth0", "prefix": "2001:db8::/64"}
    present = {"interface": "eth0", "addresses": ["2001:db8::a8ca:bfff:fe7e:4ba5/64"]}
    for kind, expect in (("addr.slaac", slaac), ("addr.present", present)):
        finding = judge(kind, expect, h1, answer)
        assert finding.outcome is FAILED
        assert "is deprecated" in str(finding.cause)
        assert "(deprecated)" in str(finding.seen)
        assert outcome(kind, expect | {"present": False}, h1, answer) is FAILED
    leased = {"json": [{"ifname": "eth0", "addr_info": [{**old, "prefixlen": 128, "mngtmpaddr": False}]}]}
    assert outcome("dhcp6.lease", slaac, h1, leased) is FAILED


def test_an_ipv4_lease_has_a_lifetime_and_lies_in_the_prefix(h1):
    expect = {"interface": "eth0", "prefix": "192.0.2.0/24"}

    def answer(**info):
        return {
            "json": [
                {"ifname": "eth0", "addr_info": [{"local": "192.0.2.100", "prefixlen": 24, "scope": "global", **info}]}
            ]
        }

    assert outcome("dhcp4.lease", expect, h1, answer(dynamic=True)) is PASSED
    assert outcome("dhcp4.lease", expect, h1, answer()) is FAILED
    assert outcome("dhcp4.lease", {**expect, "prefix": "192.0.2.0/28"}, h1, answer(dynamic=True)) is FAILED
    assert outcome("dhcp4.lease", {**expect, "present": False}, h1, answer()) is PASSED
