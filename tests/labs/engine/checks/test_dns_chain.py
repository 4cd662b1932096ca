"""Each way in which a chain of trust breaks has its own cause."""

import base64

import pytest

from labs.engine.adapters import dnssec
from tests.labs.engine.checks.judging import FAILED, PASSED, judge

EXPECT = {"zone": "example.net", "parent": "2001:db8::5", "server": "2001:db8::53"}
KEY = f"257 3 13 {base64.b64encode(bytes(range(64))).decode()}"
OTHER = f"256 3 13 {base64.b64encode(bytes(64)).decode()}"
ANSWER = {"rcode": "NOERROR", "error": ""}


def ds(key, kind=2):
    read = dnssec.read_key(key)
    return {"type": "DS", "value": f"{read.tag} {read.algorithm} {kind} {read.digest('example.net', kind)}"}


def signed(key, state="valid", covers="DNSKEY"):
    tag = dnssec.read_key(key).tag
    value = f"{covers} 13 2 3600 20270101000000 20260101000000 {tag} example.net"
    return {"type": "RRSIG", "value": value, "state": state}


def chain(above, below, h1, **more):
    keys = [{"type": "DNSKEY", "value": one} if isinstance(one, str) else one for one in below]
    return judge("dns.chain", EXPECT | more, h1, ANSWER | {"answers": above}, ANSWER | {"answers": keys})


def test_the_tag_and_the_digest_are_those_of_rfc_4034():
    """The example of section 5.4."""
    key = dnssec.read_key(
        "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMb"
        "CVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
    )
    assert key.tag == 60485
    assert key.digest("dskey.example.com.", 1) == "2BB183AF5F22588179A53B0A98631FAD1A292118"
    assert key.digest("DSKEY.example.com", 1) == key.digest("dskey.example.com", 1)
    assert key.digest("dskey.example.com", 99) == ""


def test_a_chain_that_holds_passes_with_its_numbers(h1):
    whole = [ds(KEY)], [KEY, OTHER, signed(KEY)]
    assert chain(*whole, h1).outcome is PASSED
    assert chain(*whole, h1, algorithm=13, digest=2, keys=2, ds=1).outcome is PASSED
    assert str(chain(*whole, h1, keys=1).cause) == "Not as expected: keys"
    assert str(chain(*whole, h1, digest=4).cause) == "Not as expected: digest"
    assert chain([ds(KEY, 4)], [KEY, signed(KEY)], h1, digest=4).outcome is PASSED
    assert chain(*whole, h1, present=False).outcome is FAILED


@pytest.mark.parametrize(
    ("above", "below", "word"),
    [
        ([ds(KEY)], [], "is not signed"),
        ([], [KEY, signed(KEY)], "has no DS record"),
        ([ds(OTHER)], [KEY, signed(KEY)], "belongs to a key"),
        ([ds(KEY, 99)], [KEY, signed(KEY)], "belongs to a key"),
        ([ds(KEY)], [KEY, OTHER, signed(OTHER)], "does not sign"),
        ([ds(KEY)], [KEY, signed(KEY, covers="SOA")], "does not sign"),
        ([ds(KEY)], [KEY, signed(KEY, "expired")], "has expired"),
        ([ds(KEY)], [KEY, signed(KEY, "early")], "not valid yet"),
    ],
)
def test_each_break_has_its_cause_and_is_no_chain(above, below, word, h1):
    finding = chain(above, below, h1)
    assert (finding.outcome, word in str(finding.cause)) == (FAILED, True), finding.cause
    assert chain(above, below, h1, present=False).outcome is PASSED


def test_while_a_key_is_rolled_one_good_way_is_enough(h1):
    assert chain([ds(OTHER), ds(KEY)], [KEY, signed(KEY, "expired"), signed(KEY)], h1, ds=2).outcome is PASSED


@pytest.mark.parametrize(
    "broken", ["", "257 3 13", "257 3 13 ???", "99999 3 13 AAAA", "a b c AAAA", "257 3 13 " + "A" * 9000]
)
def test_a_broken_key_is_no_key(broken, h1):
    assert dnssec.read_key(broken) is None
    assert chain([ds(KEY)], [broken, signed(KEY)], h1).outcome is FAILED


def test_a_server_that_is_silent_leaves_the_chain_broken_both_ways(h1):
    silent = {"rcode": None, "error": "no answer in time", "answers": []}
    for present in (True, False):
        assert judge("dns.chain", EXPECT | {"present": present}, h1, silent, ANSWER | {"answers": []}).outcome is FAILED
