"""Diagnoses side by side: few requests, no error on malformed answers, and no cause that is not certain."""

import json

import pytest

from labs.engine.diagnosis import diagnosis
from rigs.diagnose.frr_pair import ROUTER
from tests.labs.engine.checks.test_hostile_answers import LEAVES, rubbish
from tests.labs.engine.checks.test_hostile_answers import random as chances
from tests.labs.engine.diagnosis.networks import GOALS, answers, search, way_answers


@pytest.mark.parametrize(("name", "goal"), GOALS)
def test_malformed_answers_raise_nothing(name, goal):
    chance = chances.Random(name + goal)
    for _round in range(3):
        [found] = diagnosis.run([search(name, goal)], lambda asks: [rubbish(chance) for _ask in asks])
        assert found is None or found.name in {"", *diagnosis.CAUSES}
    for leaf in LEAVES[::4]:
        [found] = diagnosis.run([search(name, goal)], lambda asks, leaf=leaf: [leaf for _ask in asks])
        assert found is None or not found.name
    [found] = diagnosis.run([search(name, goal)], lambda asks: [])
    assert found is None or not found.name


@pytest.mark.parametrize("goal", ["ospf", "bgp"])
def test_both_ends_are_asked(goal):
    assert {node for node, _part in next(search("pair", goal))} >= {"r1", "r2"}


def test_all_searches_together_send_a_request_for_the_kernel_and_one_for_the_daemons_of_each_node():
    asked = []
    searches = [search("pair", goal) for goal in ("ospf", "bgp") for _each in range(3)]
    diagnosis.run(searches, lambda asks: asked.append({ask["node"] for ask in asks}) or answers()(asks))
    assert all(len(nodes) == 1 for nodes in asked)
    assert 1 <= len(asked) <= 2 * len(set.union(*asked)) * diagnosis.ROUNDS


def test_the_number_of_captures_is_limited_and_the_first_search_comes_first():
    heard = []

    def says(asks):
        heard.append(sum(ask["ask"] == "capture" for ask in asks))
        return way_answers({})(asks)

    found = diagnosis.run([search("way", "ping") for _each in range(diagnosis.MOST)], says)
    assert max(heard) <= diagnosis.MOST_CAPTURES
    assert found[0].text
    assert found[-1] is None


def test_several_searches_read_the_state_of_the_nodes_once():
    """Eight checks that fail cost hardly more than one: of what they ask first nothing differs."""
    asked = []
    for many in (1, diagnosis.MOST):
        searches = [search("pair", "ospf") for _each in range(many)]
        asked.append(len({json.dumps(ask, sort_keys=True) for one in searches for ask in next(one).values()}))
    assert asked[0] == asked[1]


def test_a_slow_daemon_is_not_reported_as_stopped():
    slow = answers()
    [found] = diagnosis.run(
        [search("mixed", "in")], lambda asks: [{"ok": False, "kind": "timeout"} for _ in slow(asks)]
    )
    assert found is None or found.name != "daemon-down"


def test_a_late_answer_is_asked_for_once_more():
    late = [True]

    def slow(asks):
        return (
            [{"ok": False, "kind": "timeout"} for _ask in asks] if late and late.pop() else answers(routers=other)(asks)
        )

    other = ROUTER.replace("ipv6 ospf6 area 0", "ipv6 ospf6 area {i}")
    [found] = diagnosis.run([search("pair", "ospf")], slow)
    assert found.name == "ospf-area"
