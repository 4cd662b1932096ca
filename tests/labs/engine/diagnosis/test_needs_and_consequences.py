"""Every named cause says what this check needs, and how to see it on a node where the learner can type."""

import dataclasses

import pytest

from labs.engine.checks import TYPES
from labs.engine.diagnosis.causes import CAUSES, SEEN_FROM, SHOWN, cause, not_known
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.diagnosis.needs_and_consequences import NEEDS, SO, completed, consequence
from labs.engine.translatable_text import Text
from tests.labs.engine.diagnosis.networks import RIGS

LAB = RIGS["mixed"].lab
PATH = Item(Kind.PATH, "h2", "2001:db8:1::10")
PING = TYPES["ping"].parse({"to": "2001:db8:1::10"})


def closed(*names):
    """The lab in which the learner cannot type on these nodes."""
    nodes = {name: dataclasses.replace(node, learner=name not in names) for name, node in LAB.nodes.items()}
    return dataclasses.replace(LAB, nodes=nodes)


def told(found, lab=LAB, check=PING, node="h2", root=PATH, *, unwanted=False):
    return completed(found, check, lab.nodes[node], lab, root, unwanted=unwanted)


@pytest.mark.parametrize("name", CAUSES)
def test_each_cause_names_its_node_what_the_check_needs_and_one_command_for_the_learner(name):
    words = dict.fromkeys(("a", "b", "what", "key", "place", "dev", "peer", "version"), "x")
    found = cause(name, "ip route", "b1", node="b1", end="b1:eth0", other="r1", **words)
    text = str(told(found).text)
    assert "b1" in text or "x" in text
    assert text.count("This check needs packets from h2 to 2001:db8:1::10 and back.") == 1
    assert text.endswith("To see it, on b1: ip route")
    away = told(found, closed("b1")).text
    assert not away.says(SHOWN)
    assert str(away).endswith("You cannot type on b1. To see what follows from it, on h2: ping -c 2 2001:db8:1::10")


def test_where_the_learner_cannot_type_on_the_node_of_the_check_either_the_nearest_node_shows_it():
    found = cause("forwarding", "", "", node="b1")
    text = str(told(found, closed("b1", "h2")).text)
    assert text.endswith("on r1: traceroute -n 2001:db8:1::10")


@pytest.mark.parametrize(
    ("kind", "at", "command"),
    [
        (Kind.SESSION, "2001:db8:23::2", "bgp"),
        (Kind.BGP_ROUTE, "2001:db8:b::/48", "2001:db8:b::/48"),
        (Kind.ROUTE, "2001:db8:3::", "ip -6 route get 2001:db8:3::"),
        (Kind.LINK, "eth0", "ip -s link"),
    ],
)
def test_the_command_on_another_node_shows_what_the_check_needs(kind, at, command):
    found = cause("forwarding", "", "", node="b1")
    text = told(found, closed("b1", "h2"), root=Item(kind, "h2", at)).text
    assert text.says(SEEN_FROM)
    assert command in str(text)


def test_a_consequence_that_is_what_the_check_needs_is_said_once():
    session = Item(Kind.SESSION, "r1", "2001:db8:23::2")
    found = cause("bgp-as", "", "", so=consequence(session), node="r1", peer="2001:db8::2", a=1, b=2)
    text = told(found, root=session).text
    assert text.says(SO[Kind.SESSION])
    assert not text.says(NEEDS[Kind.SESSION])


def test_a_check_that_something_is_blocked_needs_no_packets():
    assert not told(cause("forwarding", "", "", node="b1"), unwanted=True).text.says(NEEDS[Kind.PATH])


def test_what_was_only_seen_has_no_command_for_a_closed_node():
    seen = Text("To capture them, on %(node)s: %(command)s", node="b1", command="tcpdump")
    found = not_known([Text("Seen."), seen])
    assert "tcpdump" in str(told(found).text)
    assert "tcpdump" not in str(told(found, closed("b1")).text)
    assert told(found, closed("b1")).observed == (Text("Seen."),)


def test_no_cause_stays_none():
    assert told(None) is None


def test_no_link_is_at_a_loopback_interface():
    """“Packets do not pass the link of r2:lo” was said of a missing address there."""
    there, elsewhere = Item(Kind.LINK, "r1", "lo"), Item(Kind.LINK, "r1", "eth0")
    assert consequence(there) is None
    assert "This check needs the link" not in str(told(cause("address-untold", end="r1:lo"), root=there).text)
    assert consequence(elsewhere) == Text(SO[Kind.LINK], node="r1", at="eth0")
