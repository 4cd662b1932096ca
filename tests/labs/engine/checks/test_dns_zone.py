"""The sentences about a wrong zone, a wrong transfer and a wrong reverse name. True and false ones: test_recorded_answers."""

import pytest

from labs.engine.checks import TYPES, BadExpect
from tests.labs.engine.checks.judging import FAILED, PASSED, judge

ZONE = {"server": "2001:db8::53", "zone": "example.net"}
SOA = {"type": "SOA", "value": "ns1.example.net hostmaster.example.net 7 3600 900 86400 60"}
HELD = {"rcode": "NOERROR", "authoritative": True, "answers": [SOA], "error": ""}
NS = HELD | {"answers": [{"type": "NS", "value": "ns1.example.net"}, {"type": "NS", "value": "ns2.example.net"}]}
REFUSED = {"rcode": "REFUSED", "authoritative": False, "answers": [], "error": ""}
SILENT = {"rcode": None, "authoritative": False, "answers": [], "error": "no answer in time"}


@pytest.mark.parametrize(
    ("expect", "word"),
    [
        ({"serial": 8}, "serial"),
        ({"primary": "ns9.example.net"}, "primary"),
        ({"nameservers": {"exact": ["ns1.example.net"]}}, "nameservers"),
    ],
)
def test_the_value_that_differs_is_named(expect, word, h1):
    assert judge("dns.zone", ZONE | {"nameservers": ["ns2.example.net"], "serial": 7}, h1, HELD, NS).outcome is PASSED
    finding = judge("dns.zone", ZONE | expect, h1, HELD, NS)
    assert (finding.outcome, str(finding.cause)) == (FAILED, f"Not as expected: {word}")


def test_an_answer_from_a_cache_is_not_that_of_the_zones_server(h1):
    finding = judge("dns.zone", ZONE, h1, HELD | {"authoritative": False}, NS)
    assert (finding.outcome, "does not hold the zone" in str(finding.cause)) == (FAILED, True)


def test_a_secondary_with_an_older_zone_is_named_with_its_serial_number(h1):
    old = HELD | {"answers": [SOA | {"value": SOA["value"].replace(" 7 ", " 6 ")}]}
    both = ZONE | {"same_serial_at": ["2001:db8::54"]}
    finding = judge("dns.zone", both, h1, HELD, NS, old)
    assert (finding.outcome, str(finding.seen)) == (FAILED, "2001:db8::53 has serial 7, 2001:db8::54 has 6")
    assert "notified" in str(finding.cause)
    assert "does not hold the zone" in str(judge("dns.zone", both, h1, HELD, NS, SILENT).cause)
    assert judge("dns.zone", both, h1, HELD, NS, HELD).outcome is PASSED


def test_a_server_that_is_down_is_no_server_that_refuses(h1):
    for kind, expect, answers in (
        ("dns.zone", ZONE | {"present": False}, [SILENT, SILENT]),
        (
            "dns.transfer",
            ZONE | {"present": False},
            [{"rcode": None, "error": "Connection refused", "complete": False}],
        ),
    ):
        finding = judge(kind, expect, h1, *answers)
        assert (finding.outcome, "No answer came back" in str(finding.cause)) == (FAILED, True)
    assert judge("dns.zone", ZONE | {"present": False}, h1, REFUSED, REFUSED).outcome is PASSED


def refused(rcode, error=""):
    return {"rcode": rcode, "error": error, "complete": False, "records": 0, "serial": None}


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (refused("REFUSED"), "access list"),
        (refused("NOTAUTH", "BADKEY"), "does not know a key"),
        (refused("NOTAUTH", "BADSIG"), "its secret differs"),
        (refused("NOTAUTH", "BADTIME"), "clocks"),
        (refused("NOTAUTH"), "does not hold the zone"),
        (refused(None, "no answer in time"), "No answer came back"),
    ],
)
def test_a_transfer_that_fails_has_its_own_cause(answer, word, h1):
    finding = judge("dns.transfer", ZONE, h1, answer)
    assert (finding.outcome, word in str(finding.cause)) == (FAILED, True), finding.cause


def test_a_zone_that_was_cut_short_is_no_transfer(h1):
    cut = {"rcode": "NOERROR", "error": "", "complete": False, "records": 5, "serial": 7}
    assert judge("dns.transfer", ZONE, h1, cut).outcome is FAILED
    whole = cut | {"complete": True}
    assert judge("dns.transfer", ZONE | {"records": 5, "serial": 7}, h1, whole).outcome is PASSED
    assert judge("dns.transfer", ZONE | {"present": False}, h1, whole).outcome is FAILED


@pytest.mark.parametrize(
    "key", [{"name": "k"}, {"name": "k", "secret": "no base64!"}, {"name": "k", "secret": "abcd", "algorithm": "md5"}]
)
def test_a_key_that_can_never_work_is_a_mistake_of_the_file(key):
    with pytest.raises(BadExpect):
        TYPES["dns.transfer"].parse(ZONE | {"key": key})


def test_the_command_carries_the_key(h1):
    key = {"name": "k", "secret": "c2VjcmV0"}
    assert TYPES["dns.transfer"].parse(ZONE | {"key": key}).command_on(h1) == (
        "dig @2001:db8::53 example.net AXFR -y hmac-sha256:k:c2VjcmV0"
    )


def test_a_reverse_name_must_lead_back(h1):
    expect = {"server": "2001:db8::53", "address": "2001:db8::80", "name": "www.example.net"}
    back = HELD | {"answers": [{"type": "PTR", "value": "WWW.example.net"}]}
    forth = HELD | {"answers": [{"type": "AAAA", "value": "2001:db8:0::80"}]}
    elsewhere = HELD | {"answers": [{"type": "AAAA", "value": "2001:db8::81"}]}
    assert judge("dns.reverse", expect, h1, back, forth).outcome is PASSED
    assert "does not lead back" in str(judge("dns.reverse", expect, h1, back, elsewhere).cause)
    nothing = REFUSED | {"rcode": "NXDOMAIN"}
    assert "no PTR record" in str(judge("dns.reverse", expect, h1, nothing, forth).cause)
    assert "refuses to answer" in str(judge("dns.reverse", expect, h1, REFUSED, forth).cause)
    assert judge("dns.reverse", expect | {"present": False}, h1, nothing, forth).outcome is PASSED
    [asked, _forth] = TYPES["dns.reverse"].parse(expect | {"address": "192.0.2.80"}).asks([h1])
    assert (asked["name"], asked["type"]) == ("80.2.0.192.in-addr.arpa", "PTR")
