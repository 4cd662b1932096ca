"""Each check type judges the answers of a real network rightly. They were recorded in tests.live.crossroads."""

import json
from pathlib import Path

import pytest

from labs.engine.checks import TYPES, BadExpect, Outcome
from labs.engine.definition.spec import Kind, Node
from tests.judged import BOTH
from tests.judged_names import NAMES

FIXTURES = Path(__file__).parents[3] / "fixtures"
RECORDED = ("crossroads-frr-10.3-bird-2.17.json", "names-nsd-4.12-knot-3.4-unbound-1.26.json")
EVERYWHERE = [*BOTH, *NAMES]
KINDS = {"r": Kind.FRR, "b": Kind.BIRD}


@pytest.fixture(scope="module")
def network():
    recorded = [pair for name in RECORDED for pair in json.loads((FIXTURES / name).read_text())]
    answers = {json.dumps(ask, sort_keys=True): answer for ask, answer in recorded}
    return lambda ask: answers[json.dumps(ask, sort_keys=True)]


@pytest.mark.parametrize(
    ("name", "on", "true", "false"), EVERYWHERE, ids=[f"{name} {on}" for name, on, *_rest in EVERYWHERE]
)
def test_a_check_type_passes_for_true_and_fails_for_false(name, on, true, false, network):
    nodes = [Node(name=node, kind=KINDS.get(node[0], Kind.HOST)) for node in on.split()]
    for expect, outcome in ((true, Outcome.PASSED), (false, Outcome.FAILED)):
        if expect is not None:
            check = TYPES[name].parse(expect)
            finding = check.judge(nodes, [network(ask) for ask in check.asks(nodes)])
            assert finding.outcome is outcome, str(finding.seen)
            assert finding.command
            assert str(finding.expected)


def test_only_types_that_need_a_change_are_tested_elsewhere():
    needs_a_change = {name for name, kind in TYPES.items() if kind.NOT_BEFORE}
    assert (
        set(TYPES) - {name for name, *_rest in EVERYWHERE} == needs_a_change == {"path.failover", "rpki.revalidation"}
    )


def test_two_routers_with_the_same_router_id_fail(network):
    nodes = [Node(name="r1", kind=Kind.FRR), Node(name="r2", kind=Kind.FRR)]
    check = TYPES["net.unique_router_ids"].parse({"protocol": "ospf6"})
    [first, _second] = [network(ask) for ask in check.asks(nodes)]
    finding = check.judge(nodes, [first, first])
    assert finding.outcome is Outcome.FAILED
    assert "10.0.0.1 is the router ID of r1, r2" in str(finding.seen)


def test_a_validated_answer_has_the_ad_flag(network):
    """No resolver of the lab image signs zones, so the flag is set by hand here."""
    node = Node(name="h1", kind=Kind.HOST)
    check = TYPES["dns.validated"].parse({"server": "2001:db8:2::10", "name": "www.vaka.test"})
    [answer] = [network(ask) for ask in check.asks([node])]
    assert check.judge([node], [answer | {"validated": True}]).outcome is Outcome.PASSED
    assert check.judge([node], [answer | {"validated": True, "rcode": "SERVFAIL"}]).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("name", "expect", "word"),
    [
        ("json.match", {"command": "show x json", "query": "a["}, "JMESPath"),
        ("json.match", {"command": "ip link set eth0 down", "query": "a"}, "set"),
        ("json.match", {"command": "configure terminal", "query": "a"}, "show"),
        ("json.match", {"command": "show x json", "query": "a", "value": 1, "values": ["b"]}, "only one"),
        ("command.output", {"command": "show x", "absent": ["a"]}, "empty answer"),
        (
            "bgp.gao_rexford",
            {"own_as": 1, "pays": [{"customer": 1, "provider": 2}, {"customer": 2, "provider": 1}]},
            "pays",
        ),
    ],
)
def test_an_author_is_told_about_mistakes_between_fields(name, expect, word):
    with pytest.raises(BadExpect, match=word):
        TYPES[name].parse(expect)


def test_an_expression_over_hostile_json_is_a_verdict():
    node = Node(name="r1", kind=Kind.FRR)
    check = TYPES["json.match"].parse(
        {"command": "show x json", "daemon": "bgpd", "query": "length(sort_by(a, &b))", "value": ">0"}
    )
    for said in ('{"a": [{"b": 1}, {"b": "x"}]}', '{"a": 5}', "[" * 100_000, '{"a": "' + "x" * 500_000 + '"}', ""):
        assert check.judge([node], [{"ok": True, "outputs": [said]}]).outcome is Outcome.FAILED
