"""The path that packets take, where another one is expected."""

from labs.engine.checks import TYPES
from labs.engine.diagnosis import diagnosis
from tests.labs.engine.diagnosis.networks import RIGS, match, nft, way_answers


def test_a_flow_that_should_be_blocked_is_reported_with_its_nodes_and_rules():
    blocked = TYPES["flow.block"].parse(
        {"to": "h2", "address": "2001:db8:2::10", "protocol": "tcp", "port": 22, "control": {"port": 80}}
    )
    lab = RIGS["way"].lab
    [found] = diagnosis.run([diagnosis.search(blocked, lab.nodes["h1"], lab)], way_answers({}))
    assert (found.name, found.adds) == ("", True)
    assert str(found.text).startswith("Packets for 2001:db8:2::10 pass h1, r1, r2, h2. No rule on them could drop tcp")
    drops = {"r1": nft((match("l4proto", "tcp"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([diagnosis.search(blocked, lab.nodes["h1"], lab)], way_answers({}, drops))
    assert "Rules that could drop the flow are on r1." in str(found.text)


def test_a_failed_failover_reports_the_paths_with_all_links_up():
    lab = RIGS["way"].lab
    other = TYPES["path.failover"].parse({"to": "2001:db8:2::10"})
    [found] = diagnosis.run([diagnosis.search(other, lab.nodes["h1"], lab)], way_answers({}))
    assert found.adds
    assert str(found.text) == (
        "With all links up, packets for 2001:db8:2::10 pass h1, r1, r2, h2. The replies pass h2, r2, r1, h1."
    )


def test_a_failed_failover_tells_no_failure_while_the_network_recovers():
    lab = RIGS["way"].lab
    other = TYPES["path.failover"].parse({"to": "2001:db8:2::10"})
    whole = way_answers({})

    def without_routes(asks):
        return [
            {"ok": True, "json": []}
            if ask["ask"] == "ip" and ask["args"] == ["-6", "route"] and ask["node"] == "r1"
            else answer
            for ask, answer in zip(asks, whole(asks), strict=True)
        ]

    assert diagnosis.run([diagnosis.search(other, lab.nodes["h1"], lab)], without_routes) == [None]
