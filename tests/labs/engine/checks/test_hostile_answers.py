"""Answers come from nodes where the learner is root. Whatever they are, a check gives a finding and does not raise."""

import json
import random

import pytest

from labs.engine.checks import TYPES, Finding, Outcome
from labs.engine.definition.spec import Kind, Node
from labs.engine.grading.verdicts import MOST_EVIDENCE, bounded
from tests.judged import BOTH
from tests.judged_names import NAMES

EXPECTS = {name: expect for name, _on, expect, _false in [*BOTH, *NAMES]} | {
    "path.failover": {"to": "2001:db8::1", "via": "::1"},
    "rpki.revalidation": {"prefix": "2001:db8::/48", "origin_as": 64500, "state": "invalid"},
}
EXPECTS |= {
    "nd.neighbor": {"address": "2001:db8::1", "state": {"regex": "REACH"}, "mac": "aa"},
    "ra.content": {
        "interface": "eth0",
        "prefixes": ["2001:db8::/64"],
        "managed": True,
        "lifetime": "1..9000",
        "rdnss": ["::1"],
    },
    "fib.route": {"prefix": "2001:db8::/64", "via": ["fe80::1"], "metric": "<10", "dev": {"exact": ["a"]}},
    "fib.default": {"via": {"count": ">1"}},
    "bgp.route": {
        "prefix": "2001:db8::/64",
        "as_path": {"regex": "^1"},
        "community": {"exact": []},
        "next_hop": {"all": {"regex": "^1"}},
    },
    "dns.validated": {"server": "::1", "name": "x.test"},
    "node.up": {},
}
SILENCE_PASSES = {"fib.no_static"}  # an empty routing table has no route by hand
KEYS = [
    "rcode",
    "complete",
    "records",
    "serial",
    "answers",
    "authoritative",
    "ok",
    "json",
    "outputs",
    "output",
    "value",
    "exists",
    "text",
    "sent",
    "received",
    "errors",
    "advertisements",
    "arrived",
    "hops",
    "ifname",
    "addr_info",
    "local",
    "prefixlen",
    "dst",
    "dev",
    "state",
    "lladdr",
    "gateway",
    "nexthops",
    "protocol",
    "metric",
    "neighbors",
    "neighborId",
    "interfaceName",
    "eth0",
    "attachedToArea",
    "areaId",
    "cost",
    "routes",
    "pathType",
    "metricCost",
    "nextHops",
    "flags",
    "peers",
    "remoteAs",
    "paths",
    "prefix",
    "aspath",
    "string",
    "segments",
    "community",
    "list",
    "bestpath",
    "overall",
    "prefixes",
    "length",
    "lifetime",
    "2001:db8::/64",
    "2001:db8::1",
    "rdnss",
    "source",
    "managed",
    *(
        "rcode",
        "answers",
        "type",
        "banner",
        "connected",
        "status",
        "headers",
        "body",
        "names",
        "up",
        "count",
        "first",
        "mtu",
    ),
    *(
        "by",
        "kbit",
        "forged",
        "honest",
        "areas",
        "circuits",
        "interface",
        "levels",
        "level",
        "lsps",
        "lsp",
        "attPOl",
        "master",
    ),
    *(
        "linkinfo",
        "info_data",
        "ifaceName",
        "nbrState",
        "interfaces",
        "ospfEnabled",
        "nftables",
        "counter",
        "rule",
        "expr",
        "roas",
    ),
    *(
        "peer",
        "adj",
        "area-address",
        "advertisedRoutes",
        "receivedRoutes",
        "aggregatorAs",
        "bgpState",
        "addressFamilyInfo",
        "asn",
    ),
]
NUMBERS = (0, -1, 10**400, 1e308, float("nan"), float("inf"))
WORDS = (
    "",
    "x" * 300_000,
    "2001:db8::1",
    "2001:db8::/64",
    "\x00\ud800",
    "Full",
    "BA--",
    "eth0",
    "1..2",
    "%s%d%(x)s",
    b"bytes",
)
LEAVES = (None, True, False, *NUMBERS, *WORDS, "{", "[" * 100_000)
NODES = [Node(name="n1", kind=Kind.FRR), Node(name="n2", kind=Kind.BIRD)]


def rubbish(chance, depth=0):
    kind = chance.random()
    if depth > 4 or kind < 0.4:
        return chance.choice(LEAVES)
    if kind < 0.6:
        return [rubbish(chance, depth + 1) for _each in range(chance.randrange(4))]
    if kind < 0.65:
        return json.dumps({chance.choice(KEYS): [{chance.choice(KEYS): chance.choice(("1", 1, [], {}))}]})
    return {chance.choice(KEYS): rubbish(chance, depth + 1) for _each in range(chance.randrange(8))}


def test_every_type_is_tried():
    assert set(EXPECTS) == set(TYPES)


@pytest.mark.parametrize("name", EXPECTS)
def test_malformed_answers_never_raise_and_silence_does_not_pass(name):
    check = TYPES[name].parse(EXPECTS[name])
    chance = random.Random(name)
    asks = len(check.asks(NODES))
    for _round in range(50):
        answers = [chance.choice(({"ok": True, **spoilt(chance)}, rubbish(chance))) for _ask in range(asks)]
        finding = check.judge(NODES, answers)
        assert isinstance(finding, Finding)
        for text in (finding.expected, finding.seen, finding.cause):
            assert text is None or len(str(text)) < 4000
        assert len(json.dumps(bounded(finding.evidence))) <= MOST_EVIDENCE
    assert check.judge(NODES, []).outcome is Outcome.UNKNOWN
    said_nothing = check.judge(NODES, [{"ok": True}] * asks).outcome
    assert (said_nothing is Outcome.PASSED) is (name in SILENCE_PASSES)


def spoilt(chance):
    return {key: rubbish(chance) for key in chance.sample(KEYS[1:13] + KEYS[56:70], 9)}


def test_a_very_long_answer_is_read_to_a_limit():
    check = TYPES["ospf6.neighbor"].parse({})
    many = json.dumps({"neighbors": [{"neighborId": "1.1.1.1", "state": "Init", "interfaceName": "e" * 500}] * 20_000})
    finding = check.judge(NODES[:1], [{"ok": True, "outputs": [many]}])
    assert finding.outcome is Outcome.FAILED
    assert len(str(finding.seen)) < 2000
