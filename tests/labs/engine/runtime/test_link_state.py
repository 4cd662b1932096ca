"""The state of links, from what a lab says of their ends."""

import pytest

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node
from labs.engine.runtime import link_state

LAB = ad_hoc_lab(
    "three",
    [Node(name=name, kind=Kind.HOST) for name in ("h1", "h2", "h3")],
    [link("h1:eth0", "h2:eth0"), link("h2:eth1", "h3:eth0")],
)
NO_ANSWER = {"ok": False, "kind": "unreachable", "error": "h3 has stopped."}


class Asked:
    def __init__(self, answers):
        self.answers, self.asks = answers, []

    def ask(self, asks, *, seconds=10):
        self.asks += asks
        return [self.answers[ask["node"]] for ask in asks]


def test_each_node_is_asked_once_for_all_its_ends():
    links = {"eth0": "UP", "eth1": "DOWN"}
    asked = Asked({name: {"ok": True, "links": links} for name in ("h1", "h2", "h3")})
    assert link_state.read_link_states(LAB, asked) == {
        "h1:eth0": "UP",
        "h2:eth0": "UP",
        "h2:eth1": "DOWN",
        "h3:eth0": "UP",
    }
    assert [(ask["node"], ask["interfaces"]) for ask in asked.asks] == [
        ("h1", ["eth0"]),
        ("h2", ["eth0", "eth1"]),
        ("h3", ["eth0"]),
    ]


@pytest.mark.parametrize("answer", [NO_ANSWER, {"ok": True, "links": {"eth0": ["UP"]}}, {"ok": True, "links": "UP"}])
def test_the_ends_of_a_node_that_says_nothing_true_are_left_out(answer):
    up = {"ok": True, "links": {"eth0": "UP", "eth1": "UP"}}
    found = link_state.read_link_states(LAB, Asked({"h1": up, "h2": up, "h3": answer}))
    assert found == {"h1:eth0": "UP", "h2:eth0": "UP", "h2:eth1": "UP"}


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        ("UP", "UP", "up"),
        ("UP", "DOWN", "down"),
        ("GONE", "UP", "down"),
        ("DOWN", None, "down"),
        ("UP", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_link_is_up_when_both_ends_are(a, b, state):
    ends = {name: one for name, one in (("h1:eth0", a), ("h2:eth0", b)) if one}
    assert link_state.state(LAB.links[0], ends) == state
