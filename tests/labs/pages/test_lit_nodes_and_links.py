"""The part of the drawing that lights up for a check: the nodes that it reads or names, and the links between them."""

from dataclasses import replace

import pytest

from labs.engine.definition.spec import Check, Interface, Lab, Level, Limits, Link, Node
from labs.engine.definition.spec import Kind as NodeKind
from labs.pages.lit_nodes_and_links import Lit, lit_by


@pytest.fixture
def chain(tmp_path):
    """h1 – r1 – r2 – h2."""
    pairs = [("h1", "eth0", "r1", "eth0"), ("r1", "eth1", "r2", "eth1"), ("r2", "eth0", "h2", "eth0")]
    links = tuple(
        Link(
            a=Interface(node=a, name=x, addresses=(f"2001:db8:{number}::1/64",)),
            b=Interface(node=b, name=y, addresses=(f"2001:db8:{number}::2/64",)),
        )
        for number, (a, x, b, y) in enumerate(pairs, 1)
    )
    nodes = {name: Node(name=name, kind=NodeKind.FRR) for name in ("h1", "r1", "r2", "h2")}
    nodes["r2"] = Node(name="r2", kind=NodeKind.FRR, loopback=("2001:db8:ff::2/128",))
    return Lab(
        id="chain", title="A chain", summary="Four nodes.", level=Level.BEGINNER, minutes=10, nodes=nodes, links=links,
        stages=(), limits=Limits(), requires=(), folder=tmp_path, version="0123456789ab", guide="", solution={},
    )  # fmt: skip


def lit(lab, on, **expect):
    return lit_by(lab, Check(id="x", type="ping", title="X", on=on, expect=expect, points=1))


def test_a_check_of_an_interface_lights_its_cable(chain):
    assert lit(chain, ("r1",), interface="eth1") == Lit(("r1",), (1,))


def test_a_ping_lights_the_whole_way_to_the_address(chain):
    assert lit(chain, ("h1",), to="2001:db8:3::2") == Lit(("h1", "h2"), (0, 1, 2))


def test_of_two_cables_to_a_node_the_one_whose_address_is_asked_lights(chain):
    beside = Link(
        a=Interface(node="r1", name="eth2", addresses=("2001:db8:99::1/64",)),
        b=Interface(node="r2", name="eth2", addresses=("2001:db8:99::2/64",)),
    )
    both = replace(chain, links=(*chain.links, beside))
    assert lit(both, ("r1",), to="2001:db8:99::2") == Lit(("r1", "r2"), (3,))
    assert lit(both, ("r1",), to="2001:db8:2::2") == Lit(("r1", "r2"), (1,))
    assert lit(both, ("h1",), to="2001:db8:3::1") == Lit(("h1", "r2"), (0, 1))  # not around it, to its other side


def test_a_session_lights_the_cable_to_its_neighbour(chain):
    assert lit(chain, ("r1",), neighbors=["2001:db8:2::2"]) == Lit(("r1", "r2"), (1,))
    assert lit(chain, ("h1",), peer="2001:DB8:ff::2") == Lit(("h1", "r2"), (0, 1))


def test_a_check_of_a_node_alone_lights_no_cable(chain):
    assert lit(chain, ("r1",), key="net.ipv6.conf.all.forwarding", value="1") == Lit(("r1",), ())
