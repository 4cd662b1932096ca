"""A cable that is unplugged on the page is found as the cause from the solved network alone: no node is asked."""

import pytest

from labs.engine.checks import TYPES
from labs.engine.diagnosis import unplugged_links
from labs.engine.state.facts import from_json
from tests.labs.engine.diagnosis.test_dependency_search import CHECKS, LAB, solved  # noqa: F401  # a fixture

FIRST, SECOND, LAST = LAB.links


def found(model, check, *links, node="r1"):
    kind, expect = CHECKS[check] if isinstance(check, str) else check
    made = unplugged_links.search(
        TYPES[kind].parse(expect), LAB.nodes[node], LAB, from_json(model) if model else None, links
    )
    return str(made.text).partition(" has no carrier")[0] if made else None


@pytest.mark.parametrize(
    ("check", "links", "end"),
    [
        ("ping", (FIRST,), "r1:eth0"),
        ("ping", (LAST,), "r2:eth2"),
        ("ping", (LAST, FIRST), "r1:eth0"),  # the nearest
        ("ping", (SECOND,), None),  # the packets do not take it
        ("ospf", (FIRST,), "r1:eth0"),
        ("ospf", (SECOND,), None),
        ("session", (SECOND,), "r1:eth1"),
        ("kernel", (FIRST,), "r1:eth0"),
        ("advertised", (LAST,), "r2:eth2"),
        ("ping", (), None),
    ],
)
def test_the_cable_is_one_on_which_the_check_rests(solved, check, links, end):  # noqa: F811
    assert found(solved[1], check, *links) == end


def test_without_a_solved_network_the_cable_of_the_interface_itself_is_found():
    assert found(None, "ospf", FIRST) == "r1:eth0"
    assert found(None, "ping", FIRST) is None


def test_of_what_should_not_be_there_no_cable_is_the_cause(solved):  # noqa: F811
    assert found(solved[1], ("ping", {"to": "2001:db8:2::10", "present": False}), FIRST) is None
