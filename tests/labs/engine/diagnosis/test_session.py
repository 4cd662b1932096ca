"""What is named of a BGP session by what its daemon says of it: how it is, not how it once was."""

import json

import pytest

from labs.engine import diagnosis
from rigs.diagnose.frr_pair import ROUTER
from tests.labs.engine.diagnosis.test_diagnosis import answers, look

ENDED = "Cease/Maximum Number of Prefixes Reached"


def r1_says(*states, limit=""):
    """The pair of routers; r1 says of its session how it is, each time it is asked, and why it once ended."""
    waits = list(states)

    def of(ask):
        if ask["ask"] != "vty" or ask["daemon"] != "bgpd":
            return None
        if ask["commands"] != ["show running-config"]:
            state = waits.pop(0) if len(waits) > 1 else waits[0]
            neighbour = {"2001:db8:b::2": {"bgpState": state, "lastNotificationReason": ENDED}}
            return {"outputs": [json.dumps(neighbour)]}
        text = ROUTER.format(i=ask["node"][1], o=3 - int(ask["node"][1]))
        mine = "  neighbor 2001:db8:b::2 activate\n"
        return {"outputs": [text.replace(mine, f"{mine}{limit}") if ask["node"] == "r1" else text]}

    return answers(of)


LIMIT = "  neighbor 2001:db8:b::2 maximum-prefix 1\n"


@pytest.mark.parametrize(
    ("state", "limit", "name"),
    [
        ("Idle", LIMIT, "bgp-limit"),
        ("Active", LIMIT, "bgp-limit"),
        ("Established", LIMIT, ""),  # it is up again, and something else keeps the routes away
        ("Active", "", ""),  # the limit was taken away
    ],
)
def test_a_limit_is_named_only_where_there_is_one_and_the_session_is_down(state, limit, name):
    [found] = diagnosis.run([look("pair", "bgp")], r1_says(state, limit=limit))
    assert found.name == name
    assert name or f"is in state {state}" in str(found.text)


def test_a_limit_that_ends_the_session_at_this_moment_is_named():
    [found] = diagnosis.run([look("pair", "bgp")], r1_says("Established", "Idle", limit=LIMIT))
    assert found.name == "bgp-limit"
