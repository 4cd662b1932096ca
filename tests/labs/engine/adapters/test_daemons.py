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


@pytest.mark.parametrize("package", ["checks", "diagnosis", "grading", "runtime"])
def test_only_the_adapters_choose_between_daemons(package):
    chooses = re.compile(r"\bis (not )?Kind\.(FRR|BIRD)|== Kind\.(FRR|BIRD)|in \(Kind\.")
    found = [str(file) for file in (ENGINE / package).rglob("*.py") if chooses.search(file.read_text())]
    assert found == []
