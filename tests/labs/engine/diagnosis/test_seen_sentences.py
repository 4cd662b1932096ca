"""A cause that the solved network does not support is told as something seen: without a judgement, and without an instruction."""

import re
from dataclasses import replace

import pytest

from labs.engine.adapters.node_state import Network, Seen
from labs.engine.checks import TYPES
from labs.engine.diagnosis import compared, seen_sentences
from labs.engine.diagnosis.causes import CAUSES, cause
from labs.engine.diagnosis.needs_and_consequences import completed
from labs.engine.diagnosis.supporting_differences import SECTIONS_OF_CAUSE
from labs.engine.state.facts import Section
from tests.labs.engine.diagnosis.networks import RIGS

LAB = RIGS["mixed"].lab
JUDGES = re.compile(r"should|must|\bneeds?\b|Add |To bring|type “|type “|starts it|Remove")


@pytest.mark.parametrize("name", [one for one in CAUSES if one.startswith(tuple(SECTIONS_OF_CAUSE))])
def test_nothing_that_is_only_seen_says_what_should_be_or_what_to_type(name):
    words = dict.fromkeys(("a", "b", "what", "key", "place", "dev", "peer", "version"), "x")
    [told, *_others] = seen_sentences.of(cause(name, "show", "r1", node="r1", end="r1:eth0", other="r2", **words))
    # Of the difference itself, so it is never tried against one
    assert name == "address-untold" or not JUDGES.search(str(told)), str(told)


def test_the_command_of_a_closed_node_is_not_shown():
    """Regression: a cause that was not supported was printed as it is, with its instruction and its command."""
    closed = replace(LAB, nodes=LAB.nodes | {"r1": replace(LAB.nodes["r1"], learner=False)})
    same = {"r1": {Section.SETTINGS: {"net.ipv6.conf.eth0.disable_ipv6": "1"}}}
    found = cause("ipv6-disabled", "sysctl net.ipv6.conf.eth0.disable_ipv6", "r1", end="r1:eth0")
    network = Network(closed, {name: Seen(node) for name, node in closed.nodes.items()})
    told = compared.reconciled(found, None, network, same, same)
    check = TYPES["ping"].parse({"to": "2001:db8:1::10"})
    done = completed(told, check, closed.nodes["h2"], closed, None, unwanted=False)
    assert str(done.text) == "The cause is not known. Observed: IPv6 is disabled on r1:eth0."
    assert [str(one) for one in done.observed] == ["IPv6 is disabled on r1:eth0."]
    open_there = completed(told, check, LAB.nodes["h2"], LAB, None, unwanted=False)
    assert str(open_there.text).endswith("To see it, on r1: sysctl net.ipv6.conf.eth0.disable_ipv6")
