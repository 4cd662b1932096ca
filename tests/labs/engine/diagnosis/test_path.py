"""The place on a path where packets disappear."""

from labs.engine.diagnosis import diagnosis
from tests.labs.engine.diagnosis.networks import BACK, ENDS, STOPPED, THERE, match, nft, search, way_answers


def test_a_packet_filter_is_named_where_packets_arrive_but_do_not_leave():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), drops))
    assert found.name == "firewall"
    assert "A packet filter on r2 drops" in str(found.text)
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED)))
    assert found.name == ""
    assert "Requests were captured at r2:eth1, but not at r2:eth0." in str(found.text)


def test_a_missing_capture_earlier_on_the_path_does_not_hide_the_place():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    deaf = STOPPED | {f"h1:eth0 {THERE}": [None], f"r1:eth1 {THERE}": [0], f"h2:eth0 {BACK}": [None]}
    [found] = diagnosis.run([search("way", "ping")], way_answers(deaf, drops))
    assert found.name == "firewall"


def test_a_missing_capture_is_reported_and_not_repeated():
    """A second capture would not end within the 2 seconds that a diagnosis may take."""
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    whole, rounds = way_answers(STOPPED | {f"r2:eth0 {THERE}": [None, 0]}, drops), []
    [found] = diagnosis.run([search("way", "ping")], lambda asks: rounds.append(captures(asks)) or whole(asks))
    assert found.name == ""
    assert "Packets were captured at r2:eth1. No capture was possible at r2:eth0." in str(found.text)
    assert sum(rounds) == len(ENDS) * 2


def captures(asks):
    return sum(ask["ask"] == "capture" for ask in asks)


def test_packets_that_all_pass_or_never_leave_are_reported_without_a_cause():
    [found] = diagnosis.run([search("way", "ping")], way_answers({}))
    assert "Requests and replies were captured on each port of the path." in str(found.text)
    nothing = {
        f"{node}:{port} {who}": [0] for node, port in [*ENDS, ("r1", "eth2"), ("r2", "eth2")] for who in (THERE, BACK)
    }
    [found] = diagnosis.run([search("way", "ping")], way_answers(nothing))
    assert "No packet left h1:eth0." in str(found.text)


def _unclear(packets):
    """A filter on r2 with a rule that is not understood, and its counter."""
    seen = nft((match("mark", 7), {"counter": {"packets": packets, "bytes": 0}}, {"drop": None}), hook="forward")
    seen.filters["nftables"][1]["rule"]["handle"] = 4
    return seen


def test_a_rule_that_could_drop_the_packets_is_seen_and_named_only_when_the_kernel_counted_them():
    counted = {"r2": [_unclear(0), _unclear(9)]}
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), counted))
    assert found.name == "firewall"
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), {"r2": [_unclear(4), _unclear(4)]}))
    assert found.name == ""
    assert "r2 has rules that could drop these packets. To see them: nft list ruleset" in str(found.text)


def test_a_filter_that_accepts_before_its_policy_drops_is_not_blamed():
    stateful = nft((match("l4proto", "ipv6-icmp"), {"accept": None}), hook="forward", drop="drop")
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), {"r2": stateful}))
    assert found.name == ""
    assert "nft list ruleset" not in str(found.text)
