"""IPv4 in the lab babel-mesh, whose links have no IPv4 addresses (RFC 9229)."""

from pathlib import Path

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/babel-mesh")
MESH = {"r1", "r2", "r3", "r4", "farm", "mill"}


def test_no_router_of_the_mesh_drops_ipv4_that_comes_by_another_link_than_the_way_back():
    ends = [end for link in LAB.links for end in (link.a, link.b) if end.node in MESH]
    without = [end for end in ends if not any("." in address for address in end.addresses)]
    assert len(without) == 13
    for end in without:
        assert LAB.nodes[end.node].sysctls[f"net.ipv4.conf.{end.name}.rp_filter"] == "0", end
