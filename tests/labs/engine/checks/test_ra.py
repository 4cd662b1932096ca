"""Check type ``ra.content``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome

ADVERTISEMENT = {
    "source": "fe80::1", "hop_limit": 64, "managed": False, "other": True, "preference": "high", "lifetime": 1800, "mtu": 1480,
    "prefixes": [{"prefix": "2001:db8::", "length": 64, "on_link": True, "autonomous": True, "valid": 1, "preferred": 1}],
    "rdnss": ["2001:db8::53"],
}  # fmt: skip


def test_a_router_advertisement_is_compared_field_by_field(h1):
    answer = {"advertisements": [ADVERTISEMENT]}
    good = {"interface": "eth0", "other": True, "managed": False, "lifetime": ">0", "preference": "high", "mtu": 1480,
            "prefixes": {"exact": ["2001:DB8::/64"]}, "autonomous": True, "rdnss": ["2001:db8::53"], "hop_limit": 64}  # fmt: skip
    assert outcome("ra.content", good, h1, answer) is PASSED
    finding = judge("ra.content", good | {"managed": True, "lifetime": 0}, h1, answer)
    assert finding.outcome is FAILED
    assert str(finding.cause) == "Not as expected: lifetime, managed"
    said = "fe80::1 lifetime 1800, preference high, prefixes 2001:db8::/64, rdnss 2001:db8::53, other true, hop_limit 64, mtu 1480"
    assert str(finding.seen) == f"Received: {said}"
    assert outcome("ra.content", {"interface": "eth0", "source": "fe80::2"}, h1, answer) is FAILED
    assert outcome("ra.content", {"interface": "eth0", "source": "fe80::2", "present": False}, h1, answer) is PASSED
    assert outcome("ra.content", {"interface": "eth0"}, h1, {"advertisements": []}) is FAILED
    assert outcome("ra.content", {"interface": "eth0", "present": False}, h1, answer) is FAILED


def test_a_third_router_with_a_high_preference_is_noticed(h1):
    ours = ADVERTISEMENT | {"preference": "medium"}
    answer = {"advertisements": [ours, ours | {"source": "fe80::2"}, ADVERTISEMENT | {"source": "fe80::bad"}]}
    expect = {"interface": "eth0", "preference": "medium"}
    assert outcome("ra.content", expect, h1, answer) is PASSED
    assert outcome("ra.content", expect | {"every": True}, h1, answer) is FAILED
    assert outcome("ra.content", expect | {"count": 2}, h1, answer) is PASSED
    finding = judge("ra.content", {"interface": "eth0", "count": 2}, h1, answer)
    assert (finding.outcome, str(finding.cause)) == (
        FAILED,
        "The number of routers that advertise this is not the expected one.",
    )


def test_what_was_asked_for_is_shown(h1):
    finding = judge(
        "ra.content", {"interface": "eth0", "hop_limit": 255, "mtu": 1280}, h1, {"advertisements": [ADVERTISEMENT]}
    )
    assert str(finding.seen).endswith("hop_limit 64, mtu 1480")


def test_the_command_of_a_check_of_one_router_shows_all_routers_and_says_whose_answer_to_read(h1):
    """“rdisc6 -1” ended with the first answer on the link, which was often another router's."""
    answer = {"advertisements": [ADVERTISEMENT]}
    finding = judge("ra.content", {"interface": "eth0", "source": "fe80::2"}, h1, answer)
    assert finding.command == "rdisc6 eth0  # the answer that is from fe80::2"
    assert judge("ra.content", {"interface": "eth0"}, h1, answer).command == "rdisc6 eth0"
