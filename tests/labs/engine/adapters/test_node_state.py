"""The reading of what a node answers about itself."""

import json

from labs.engine.adapters import node_state
from labs.engine.definition.spec import Kind, Node

CABLE = f"netdev vaka_{b'eth0'.hex()}"  # the table of labs.supervisor.cables
NODE = Node(name="r1", kind=Kind.HOST)


def listed(table, chain):
    """The table of a packet filter as ``nft -j list ruleset`` prints it."""
    family, name = table.split()
    place = {"family": family, "table": name}
    return [
        {"table": {"family": family, "name": name, "handle": 1}},
        {"chain": {**place, "name": chain, "handle": 1, "dev": "eth0", "type": "filter", "hook": "egress", "prio": 0}},
        {"rule": {**place, "chain": chain, "handle": 2, "expr": [{"drop": None}]}},
    ]


def filters(*entries):
    text = json.dumps({"nftables": [{"metainfo": {"version": "1.1.1"}}, *entries]})
    return node_state.read(NODE, {("r1", node_state.FILTERS): {"ok": True, "text": text}}).filters


def test_what_the_site_put_there_for_a_cable_with_loss_is_no_packet_filter_of_the_node():
    """Regression: a cable that lost packets by a click on the page was named as a packet filter of the learner."""
    own = listed("netdev guard", "out")
    assert filters(*own, *listed(CABLE, "lossy")) == filters(*own)
    assert filters(*listed(CABLE, "lossy")) == filters()


def test_a_node_that_did_not_answer_has_no_known_packet_filter():
    assert node_state.read(NODE, {}).filters is None
