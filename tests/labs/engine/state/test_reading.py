"""The state of a running network, from what its nodes answer."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen, Way, start_config
from labs.engine.definition.spec import Kind, StartFile
from labs.engine.diagnosis import compared, diagnosis
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.engine.state import reading
from labs.engine.state.facts import Section
from rigs.diagnose.frr_pair import frr_pair
from tests.labs.engine.checks.test_hostile_answers import LEAVES, rubbish
from tests.labs.engine.checks.test_hostile_answers import random as chances
from tests.labs.engine.diagnosis.networks import GOALS, RIGS

LAB = frr_pair().lab
LINK_LOCAL = ipaddress.ip_interface("fe80::2/64")


def pair(**words):
    ports = {
        "eth0": Port("eth0", held=(Held(LINK_LOCAL, link_local=True), Held(ipaddress.ip_interface("2001:db8:a::2/64"))))
    }
    way = Way(ipaddress.ip_network("2001:db8:9::/48"), LINK_LOCAL.ip, "eth0", "ospf", 20)
    answered = frozenset({"routes4", "routes6", *ALWAYS_RUNNING, *LAB.nodes["r1"].daemons})
    own = Seen(LAB.nodes["r1"], ports={"eth0": Port("eth0")}, ways=(way,), answered=answered, **words)
    return Network(LAB, {"r1": own, "r2": Seen(LAB.nodes["r2"], ports=ports, answered=frozenset({"ports"}))})


def test_a_link_local_next_hop_is_written_as_the_end_of_the_link():
    state = reading.state_of(pair(), {})
    assert state["r1"][Section.ROUTES] == {"2001:db8:9::/48": "ospf via r2:eth0 dev eth0"}


def test_only_addresses_that_were_configured_are_kept():
    assert reading.state_of(pair(), {})["r2"][Section.INTERFACES]["eth0 addresses"] == "2001:db8:a::2/64"


def test_what_was_not_answered_is_not_in_the_state():
    state = reading.state_of(pair(), {})
    assert Section.ROUTES not in state["r2"]
    assert Section.SESSIONS not in state["r1"]
    assert Section.PROCESSES not in state["r1"]


def test_counters_and_handles_of_a_filter_are_not_kept():
    def filters(packets, handle):
        counted = {"counter": {"packets": packets, "bytes": 1}}
        rule = {"family": "inet", "table": "t", "chain": "c", "handle": handle, "expr": [counted, {"drop": None}]}
        seen = Seen(LAB.nodes["r1"], filters={"nftables": [{"rule": rule}]}, answered=frozenset({"filters"}))
        return reading.state_of(Network(LAB, {"r1": seen}), {})["r1"][Section.FILTERS]

    assert filters(1, 4) == filters(9, 7) == {"inet t c": '[{"drop": null}]'}


def test_a_block_of_the_configuration_holds_its_lines_in_their_order():
    config = reading.state_of(pair(config=of_frr("hostname r1\nrouter bgp 1\n a\n b\nexit\n")), {})["r1"][
        Section.CONFIG
    ]
    assert config == {"": "router bgp 1", "router bgp 1": "a\nb"}


def test_a_configuration_that_may_not_run_is_not_kept():
    """A daemon of FRR that is silent would look as if nothing were configured; BIRD's file may not be what BIRD runs."""
    node, config = replace(LAB.nodes["r1"], daemons=("bgpd",)), of_frr("router bgp 1\n a\nexit\n")

    def kept(node, **words):
        network = Network(LAB, {"r1": Seen(node, config=config, **words)})
        return Section.CONFIG in reading.state_of(network, {})["r1"]

    assert kept(node, answered=frozenset({*ALWAYS_RUNNING, "bgpd"}))
    assert kept(node, answered=frozenset(ALWAYS_RUNNING), silent=frozenset({"bgpd"}))  # it is down, and is told as such
    assert not kept(node, answered=frozenset(ALWAYS_RUNNING))  # it hangs
    bird = replace(node, kind=Kind.BIRD)
    assert kept(bird)
    assert not kept(bird, unread=True)


def test_programs_are_kept_but_no_shells():
    answers = {("r1", reading.PROCESSES): {"ok": True, "names": ["bash", "nginx"]}}
    assert reading.state_of(pair(), answers)["r1"][Section.PROCESSES] == {"nginx": "runs"}


def test_the_files_of_services_are_kept_without_comments_and_daemons_files_are_not():
    files = tuple(
        StartFile(path=path, content=b"", executable=False) for path in ("/etc/radvd.conf", "/etc/frr/frr.conf")
    )
    node = replace(LAB.nodes["r1"], files=files)
    asked = [ask for ask in reading.asks(node).values() if ask["ask"] == "file"]
    assert [ask["path"] for ask in asked] == ["/etc/radvd.conf"]
    text = "# how\ninterface eth0 {\n  AdvSendAdvert on;\n};\n"
    network = Network(LAB, {"r1": Seen(node)})
    answers = {("r1", "file /etc/radvd.conf"): {"ok": True, "text": text}}
    assert reading.state_of(network, answers)["r1"][Section.FILES] == {
        "/etc/radvd.conf": "interface eth0 {\nAdvSendAdvert on;\n};"
    }
    answers = {("r1", "file /etc/radvd.conf"): {"ok": True, "text": text, "truncated": True}}
    assert Section.FILES not in reading.state_of(network, answers)["r1"]


@pytest.mark.parametrize(("name", "goal"), GOALS)
def test_malformed_answers_raise_nothing_where_the_solved_network_is_known(name, goal):
    one, chance = RIGS[name], chances.Random(name + goal)
    goal_ = one.goals[goal]
    nodes = {n: _as_written(one.lab, node) for n, node in one.lab.nodes.items()}
    model = reading.state_of(Network(one.lab, nodes), {})
    for leaf in (None, *LEAVES[::6]):
        search = diagnosis.search(goal_.check(), one.lab.nodes[goal_.node], one.lab, model=model)
        [found] = diagnosis.run(
            [search], lambda asks, leaf=leaf: [rubbish(chance) if leaf is None else leaf for _ask in asks]
        )
        assert found is None or found.name in {"", *diagnosis.CAUSES}


def _as_written(lab, node):
    """A node as the lab defines it."""
    ports = {
        end.name: Port(end.name, held=tuple(Held(ipaddress.ip_interface(text)) for text in end.addresses))
        for end in lab.interfaces(node.name)
    }
    config = start_config(node) if node.kind in (Kind.FRR, Kind.BIRD) else of_frr("")
    return Seen(node, ports=ports, config=config, answered=frozenset({node_state.PORTS}))


def test_every_goal_of_the_library_begins_a_search():
    for name, goal in GOALS:
        one = RIGS[name].goals[goal]
        assert list(compared.roots(one.check(), RIGS[name].lab.nodes[one.node])), one
