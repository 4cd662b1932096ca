"""The places of the nodes in a drawing, when the author of the lab gives none."""

from dataclasses import replace

from labs.engine.node_places import node_places
from tests.labs.engine.test_drawing import OURS, load_lab, network


def test_a_chain_is_drawn_from_one_end_to_the_other_beginning_at_a_host():
    assert node_places(network("r1 r2", "r2 h1")) == {"h1": (0, 0), "r2": (1, 0), "r1": (2, 0)}


def test_parts_without_a_link_between_them_are_drawn_one_below_the_other():
    assert node_places(network("h1 r1", "h2 r2")) == {"h1": (0, 0), "r1": (1, 0), "h2": (0, 1), "r2": (1, 1)}


def test_a_node_with_neighbours_further_down_is_drawn_further_down_so_that_fewer_lines_cross():
    """Of three routers behind h1, one has r2 as a second neighbour: it comes last, though it is named first."""
    places = node_places(network("r5 h1", "h1 r4", "r2 h1", "r2 r4", "h1 r3", "r5 r2", "r1 h1"))
    assert places["h1"][1] < places["r2"][1]
    assert sorted(("r4", "r3", "r1"), key=lambda name: places[name][1]) == ["r3", "r1", "r4"]


def test_a_node_between_two_linked_nodes_of_its_column_is_moved_aside():
    places = node_places(network("s1 r1", "s1 r2", "s1 r3", "r1 r3", "s1 h1", "h1 h2"))
    row = {name: places[name][1] for name in ("r1", "r2", "r3")}
    assert row["r1"] < row["r2"] < row["r3"]
    assert places["r1"][0] == places["r3"][0] < places["r2"][0] < places["r1"][0] + 1


def test_the_authors_places_count_only_if_every_node_has_one():
    lab = load_lab(OURS)
    assert node_places(lab) == {name: tuple(map(float, node.at)) for name, node in lab.nodes.items()}
    nodes = {name: replace(node, at=None) if name == "r1" else node for name, node in lab.nodes.items()}
    assert node_places(replace(lab, nodes=nodes))["h1"] != lab.nodes["h1"].at
