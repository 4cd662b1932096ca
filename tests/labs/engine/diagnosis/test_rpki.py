"""The causes in route origin validation, by what the router itself reports."""

import json

import pytest

from labs.engine.diagnosis import diagnosis
from rigs.diagnose import frr_and_bird
from tests.labs.engine.diagnosis.networks import search


def r1_says(*, policy=True, **commands):
    """The router of the mixed network, connected to its cache; ``commands``: what it says to those that have the word."""
    config = (
        frr_and_bird.FRR if policy else frr_and_bird.FRR.replace("route-map IN deny 5\n match rpki invalid\nexit\n", "")
    )

    def of(ask):
        if ask["ask"] == "tcp":
            return {"ok": True, "connected": True}
        if ask["ask"] != "vty" or ask["node"] != "r1":
            return {"ok": False, "kind": "timeout"}
        asked = ask["commands"][0]
        said = next((json.dumps(said) for word, said in commands.items() if word in asked), "{}")
        return {"ok": True, "outputs": [config if asked == "show running-config" else said]}

    return lambda asks: [of(ask) for ask in asks]


CONNECTED = {"connections": [{"host": "2001:db8:1::10", "port": "3323", "state": "connected"}]}
LOST = {"connections": [{"host": "2001:db8:1::10", "port": "3323", "state": "disconnected"}]}
NOT_CONNECTED = {"error": "No connection to RPKI cache server."}


@pytest.mark.parametrize("goal", ["roa", "cache"])
def test_a_connected_router_is_not_reported_as_stopped(goal):
    [found] = diagnosis.run([search("mixed", goal)], r1_says(connection=CONNECTED))
    assert found.name == ""
    assert "r1 is connected to its cache 2001:db8:1::10" in str(found.text)
    [found] = diagnosis.run([search("mixed", goal)], r1_says(connection=LOST))
    assert (found.name, "r1 has lost its connection, and waits" in str(found.text)) == ("", True)
    [found] = diagnosis.run([search("mixed", goal)], r1_says(connection=NOT_CONNECTED))
    assert found.name == "rpki-stopped"


def test_a_router_that_does_not_answer_is_not_reported_as_stopped():
    slow = r1_says(connection=NOT_CONNECTED)

    def late(asks):
        silent = {"ok": False, "kind": "timeout"}
        return [silent if "cache-connection" in str(a) else said for a, said in zip(asks, slow(asks), strict=True)]

    [found] = diagnosis.run([search("mixed", "roa")], late)
    assert (found.name, "accepts connections from r1" in str(found.text)) == ("", True)


PATH = {"prefix": "2001:db8:bad::/48", "paths": [{"valid": True, "aspath": {"string": "65003"}}]}


@pytest.mark.parametrize(
    ("allowed", "policy", "name", "said"),
    [
        (64999, False, "rpki-no-policy", "none of its policies drops invalid routes"),
        (64999, True, "", "According to the ROAs that r1 has, the route is invalid: AS 65003 must not originate it."),
        (65003, False, "", "r1 has routes to 2001:db8:bad::/48 with the AS paths: 65003."),
        (None, False, "", "r1 has routes to 2001:db8:bad::/48 with the AS paths: 65003."),
    ],
)
def test_a_missing_policy_is_named_only_if_the_route_is_invalid(allowed, policy, name, said):
    roa = {"prefix": "2001:db8:bad::", "prefixLenMin": 48, "prefixLenMax": 48, "asn": allowed}
    says = r1_says(policy=policy, bgp=PATH, rpki={"prefixes": [roa] if allowed else []})
    [found] = diagnosis.run([search("mixed", "foreign")], says)
    assert found.name == name
    assert said in str(found.text)
