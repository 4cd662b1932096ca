"""A cable that is changed on the page is found as the cause from the solved network alone: no node is asked."""

import pytest

from labs.engine.checks import TYPES
from labs.engine.diagnosis import changed_cables
from labs.engine.shared.cable import Cable
from labs.engine.state.facts import from_json
from tests.labs.engine.diagnosis.test_dependency_search import CHECKS, LAB, solved  # noqa: F401  # a fixture

FIRST, SECOND, LAST = LAB.links


UNPLUGGED = Cable(up=False)


def cause(model, check, cables, *, cut_only=False, node="r1"):
    kind, expect = CHECKS[check] if isinstance(check, str) else check
    solved_state = from_json(model) if model else None
    cables = {str(link.a): cable for link, cable in cables.items()}
    goal = TYPES[kind].parse(expect)
    return changed_cables.search(goal, LAB.nodes[node], LAB, solved_state, cables, cut_only=cut_only)


def found(model, check, *links):
    made = cause(model, check, dict.fromkeys(links, UNPLUGGED))
    return str(made.text).partition(" has no carrier")[0] if made else None


def told(*given, **more):
    made = cause(*given, **more)
    return str(made.text) if made else None


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


ON_PAGE = "The cable r1:eth0 – r2:eth0 is changed on the page of the lab: "


def test_a_cable_with_loss_a_delay_or_a_lower_rate_is_named_with_its_values(solved):  # noqa: F811
    lossy = {FIRST: Cable(loss=100)}
    assert told(solved[1], "ping", lossy).startswith(f"{ON_PAGE}100 % loss. Restore it there, under “Cables”")
    assert told(solved[1], "ospf", {FIRST: Cable(rate=8, delay=20, loss=0.5)}).startswith(
        f"{ON_PAGE}8 kbit/s, 20 ms delay, 0.5 % loss."
    )
    assert told(solved[1], "ping", {SECOND: Cable(loss=100)}) is None


def test_a_cable_that_carries_nothing_comes_before_a_slow_one(solved):  # noqa: F811
    assert "r2:eth2" in told(solved[1], "ping", {FIRST: Cable(delay=5), LAST: Cable(loss=100)})
    assert "no carrier" in told(solved[1], "ping", {FIRST: Cable(loss=100), LAST: UNPLUGGED})


def test_where_the_network_was_not_read_only_a_cable_that_carries_nothing_is_the_cause(solved):  # noqa: F811
    assert told(solved[1], "ping", {FIRST: Cable(delay=5)}, cut_only=True) is None
    assert told(solved[1], "ping", {FIRST: Cable(loss=100)}, cut_only=True)


def test_an_interface_has_its_address_whatever_its_cable_loses(solved):  # noqa: F811
    of_port = ("addr.present", {"interface": "eth0", "addresses": ["2001:db8:9::1/64"]})
    assert told(solved[1], of_port, {FIRST: Cable(loss=100)}) is None
    assert told(solved[1], of_port, {FIRST: UNPLUGGED})
