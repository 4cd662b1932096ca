"""Rules of nftables in words, from what ``nft -j`` prints."""

import json

import pytest

from labs.engine.diagnosis.rule_text import MOST, rule_text

DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            [{"match": {"op": "==", "left": DPORT, "right": {"set": [80, 443]}}}, {"drop": None}],
            "tcp dport { 80, 443 } drop",
        ),
        (
            [
                {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}},
                {"accept": None},
            ],
            "ct state established, related accept",
        ),
        (
            [
                {
                    "match": {
                        "op": "!=",
                        "left": {"payload": {"protocol": "ip6", "field": "saddr"}},
                        "right": {"prefix": {"addr": "2001:db8::", "len": 32}},
                    }
                },
                {"reject": {"type": "icmpv6"}},
            ],
            "ip6 saddr != 2001:db8::/32 reject",
        ),
        (
            [
                {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}},
                {"jump": {"target": "lan"}},
            ],
            "meta iifname eth0 jump lan",
        ),
        (
            [{"match": {"op": "==", "left": DPORT, "right": {"range": [1, 1023]}}}, {"goto": {"target": "low"}}],
            "tcp dport 1-1023 goto low",
        ),
        ({"name": "forward", "hook": "forward", "policy": "drop", "prio": 0}, "chain forward hook forward policy drop"),
        ([{"limit": {"rate": 5}}, {"accept": None}], "limit … accept"),
    ],
)
def test_a_rule_is_written_as_nft_lists_it(rule, words):
    assert rule_text(json.dumps(rule)) == words


@pytest.mark.parametrize("text", ["", "not JSON", "[" * 5000, '[{"match": {"left": {"payload": 7}}}', "[[[1]]]"])
def test_what_is_no_rule_is_no_text_or_a_short_one(text):
    assert len(rule_text(text)) <= MOST


def test_a_long_rule_is_cut():
    rule = [{"match": {"op": "==", "left": DPORT, "right": {"set": list(range(500))}}}]
    assert len(rule_text(json.dumps(rule))) == MOST
