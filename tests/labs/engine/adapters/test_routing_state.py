"""The words in which all routing daemons' knowledge is kept."""

import pytest

from labs.engine.adapters.routing_state import ospf_state


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("Twoway", "2-Way"),
        ("ExChange", "Exchange"),
        ("2-Way", "2-Way"),
        ("Full", "Full"),
        ("ExStart", "ExStart"),
        ("", ""),
    ],
)
def test_the_state_of_an_ospf_neighbour_is_spelled_as_in_the_rfc(told, state):
    assert ospf_state(told) == state
