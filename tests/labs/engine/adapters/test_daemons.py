"""One question, and the daemon of the node answers it. Nothing else knows which daemon that is."""

import re
from pathlib import Path

import pytest

from labs.engine import adapters
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.untrusted import network
from labs.engine.definition.spec import Kind, Node

ENGINE = Path(adapters.__file__).parents[1]
SAME_QUESTION = {
    "ospf3_neighbors": ((), "vtysh -c 'show ipv6 ospf6 neighbor'", "birdc 'show ospf neighbors'"),
    "bgp_sessions": (("ipv6",), "vtysh -c 'show bgp ipv6 unicast summary'", "birdc 'show protocols all'"),
    "bgp_routes": (
        (network("2001:db8::/32"),),
        "vtysh -c 'show bgp ipv6 unicast 2001:db8::/32'",
        "birdc 'show route 2001:db8::/32 all'",
    ),
    "bfd_sessions": ((), "vtysh -c 'show bfd peers'", "birdc 'show bfd sessions'"),
}


@pytest.mark.parametrize("name", SAME_QUESTION)
def test_a_question_goes_to_the_daemon_of_the_node_in_its_own_words(name, r1, b1):
    words, frr, bird = SAME_QUESTION[name]
    asked = [getattr(daemon_of(node), name)(*words) for node in (r1, b1)]
    assert [question.command for question in asked] == [frr, bird]
    assert [(question.ask["ask"], question.ask["node"]) for question in asked] == [("vty", "r1"), ("bird", "b1")]


def test_a_node_without_a_daemon_is_no_router_and_its_supervisor_refuses(h1):
    assert not is_router(h1)
    assert is_router(Node(name="b1", kind=Kind.BIRD))
    assert daemon_of(h1).bfd_sessions().ask["ask"] == "vty"


def test_the_configuration_of_frr_is_asked_of_its_daemons_and_that_of_bird_is_a_file(r1, b1):
    assert [question.ask["ask"] for question in daemon_of(r1).configurations(())] == ["vty"] * 3
    [question] = daemon_of(b1).configurations(())
    assert question.ask == {"ask": "file", "node": "b1", "path": "/etc/bird/bird.conf"}
    assert question.read({"ok": True, "text": "router id 192.0.2.1;"}) == "router id 192.0.2.1;"
    assert [daemon_of(node).show_config_text() for node in (r1, b1)] == [
        "vtysh -c 'show running-config'",
        "cat /etc/bird/bird.conf",
    ]


def test_the_kinds_of_bird_s_protocols_are_in_its_answer_and_frr_has_daemons_instead(r1, b1):
    printed = "BIRD 2.17 ready.\nName Proto Table State\nstatic1 Static master6 up\n\tChannel ipv6\nb1 Babel --- up\n"
    answer = {"ok": True, "output": printed}
    assert daemon_of(b1).protocol_kinds(answer) == {"Static", "Babel"}
    assert daemon_of(r1).protocol_kinds(answer) == set()


# Where else a module asks whether a node runs FRR or BIRD: how often, and why. The list only shrinks
BRANCHES = {
    # A fault is written in the words of one daemon, and looks for nodes that run it
    "labs/engine/faults/base.py": 1,
    "labs/engine/faults/bgp.py": 2,
    "labs/engine/faults/bird.py": 1,
    "labs/engine/faults/hosts.py": 1,
    "labs/engine/faults/ospf.py": 3,
    "labs/engine/faults/reach.py": 4,
    "labs/engine/faults/rpki.py": 1,
    # A foreign lab says by the kind of a node what its files are, and no daemon runs yet that could be asked
    "labs/engine/foreign_labs/containerlab.py": 1,
    "labs/engine/foreign_labs/lab_yaml.py": 1,
    "labs/engine/foreign_labs/home_lab.py": 2,
    "labs/engine/foreign_labs/kathara.py": 1,
    "labs/engine/foreign_labs/netlab.py": 3,
    "labs/engine/foreign_labs/proposals.py": 2,
    "labs/engine/foreign_labs/solution_split.py": 3,
    # What an author may write for a kind of node
    "labs/engine/authoring/stages.py": 1,
    "labs/engine/authoring/topology.py": 1,
    # A draft is text in the daemon's own language: lines of vtysh, or a file of BIRD
    "labs/engine/drafting/host_proposals.py": 1,
    "labs/engine/drafting/solution_draft.py": 2,
    # BIRD shows no configuration: its file is read in its place
    "labs/engine/state/reading.py": 2,
    # The lines of OSPFv2 under an interface are FRR's, and only FRR refuses a neighbour for its MTU
    "labs/engine/diagnosis/igp_adjacency.py": 2,
    # Only FRR refuses a neighbour for its MTU, and only FRR shows the router ID of a protocol
    "labs/engine/diagnosis/ospf3_adjacency.py": 2,
    # Only FRR loses on a restart what it was not told to write
    "labs/engine/trouble_tickets/preparation.py": 1,
    # since when a session is up: no check asks for it, so it is no question of the adapters
    "labs/pages/peerings.py": 1,
}
CHOICE = re.compile(
    r"(?:\bis(?: not)?|[!=]=|\bin \() ?(?:Node)?Kind\.(?:FRR|BIRD)\b|\bof_kind\([^)]*Kind\.(?:FRR|BIRD)\b"
    r"|\bis_(?:frr|bird)\("
)


def test_only_the_adapters_choose_between_daemons():
    clone = ENGINE.parents[1]
    files = [file for folder in ("labs", "courses", "platform") for file in (clone / folder).rglob("*.py")]
    found = {
        str(file.relative_to(clone)): number
        for file in files
        if not file.is_relative_to(ENGINE / "adapters") and (number := len(CHOICE.findall(file.read_text())))
    }
    assert found == BRANCHES, "ask daemon_of(node); where that cannot be, say here why"
