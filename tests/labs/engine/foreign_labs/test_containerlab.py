"""A topology of containerlab becomes nodes, links, addresses and configurations; what is not taken over has its place."""

import pytest

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.containerlab import find_topology, read_containerlab
from labs.engine.foreign_labs.foreign_lab import CannotImport
from labs.engine.foreign_labs.source_folder import SourceFolder
from tests.labs.engine.foreign_labs.foreign import CONTAINERLAB, lab_folder, reasons


@pytest.fixture
def foreign(tmp_path):
    return read_containerlab(SourceFolder(lab_folder(tmp_path, CONTAINERLAB)), "two.clab.yml")


def test_the_topology_file_is_found(tmp_path):
    assert find_topology(SourceFolder(lab_folder(tmp_path, {"a.yml": "x: 1\n"} | CONTAINERLAB))) == "two.clab.yml"


def test_a_topology_file_that_cannot_be_read_is_named(tmp_path):
    broken = SourceFolder(lab_folder(tmp_path, {"a.yml": "topology: [\n", "x.clab.yml": "topology:\n  nodes: [\n"}))
    assert find_topology(broken) == "x.clab.yml"
    with pytest.raises(CannotImport, match=r"^x\.clab\.yml:[0-9]+: This is not valid YAML"):
        read_containerlab(broken, "x.clab.yml")


def test_kinds_come_from_kinds_and_images(foreign):
    kinds = {name: node.kind for name, node in foreign.nodes.items()}
    assert kinds == {"R1": Kind.FRR, "r2": Kind.FRR, "box": Kind.FRR, "lan": Kind.SWITCH, "pc": Kind.HOST}
    assert "vendor_os" in next(place for place in reasons(foreign) if place.startswith("two.clab.yml:16 "))


def test_links_between_nodes_are_taken_over_and_others_reported(foreign):
    assert [segment.ends for segment in foreign.segments] == [
        [("R1", "eth1"), ("r2", "eth1")],
        [("R1", "eth2"), ("lan", "p1")],
        [("pc", "eth1"), ("lan", "p2")],
    ]
    assert "two.clab.yml:29 link pc:eth2 host:veth9" in reasons(foreign)


def test_bound_configurations_are_read_one_by_one_and_from_a_folder(foreign):
    assert foreign.nodes["R1"].routing[:2] == ["router bgp 64500", "neighbor 192.0.2.2 remote-as 64501"]
    assert foreign.nodes["R1"].initial[0] == "frr defaults datacenter"
    assert foreign.nodes["r2"].routing == ["router bgp 64501", "neighbor 192.0.2.1 remote-as 64500"]
    assert foreign.nodes["r2"].daemons == {"bgpd"}
    assert foreign.nodes["R1"].addresses == {
        "eth1": ["192.0.2.1/30"],
        "eth2": ["2001:db8:a::1/64"],
        "lo": ["198.51.100.1/32"],
    }


def test_a_bind_that_leads_out_is_refused(foreign):
    assert reasons(foreign)["../secret:1 the file for /etc/secret of R1"] == "the path leads out of the folder"


def test_commands_become_addresses_and_routes_and_the_rest_is_reported_with_its_line(foreign):
    pc = foreign.nodes["pc"]
    assert (pc.addresses, pc.routes) == (
        {"eth1": ["2001:db8:a::10/64"]},
        ["ip -6 route replace default via 2001:db8:a::1"],
    )
    assert "two.clab.yml:23 curl http://example.net/x.sh | sh" in reasons(foreign)
    assert "two.clab.yml:24 ip addr add 192.0.2.5/24 dev eth0" in reasons(foreign)


def test_anchors_and_merge_keys_are_read(tmp_path):
    first = "a: &one {kind: linux, image: x/frr, sysctls: {net.ipv4.ip_forward: 1}}"
    text = f"topology:\n  nodes:\n    {first}\n    b: *one\n    c: {{<<: *one, image: x/bird}}\n"
    foreign = read_containerlab(SourceFolder(lab_folder(tmp_path, {"t.yml": text})), "t.yml")
    assert [node.kind for node in foreign.nodes.values()] == [Kind.FRR, Kind.FRR, Kind.BIRD]
    assert foreign.nodes["c"].sysctls == {"net.ipv4.ip_forward": "1"}


@pytest.mark.parametrize("text", ["topology: {nodes: [", "topology: {nodes: {}}", "a: &a {b: *a}\n"])
def test_what_is_no_topology_is_refused_with_its_place(tmp_path, text):
    with pytest.raises(CannotImport, match=r"t\.yml"):
        read_containerlab(SourceFolder(lab_folder(tmp_path, {"t.yml": text})), "t.yml")


def test_a_script_that_is_run_at_the_start_is_read_line_by_line(tmp_path):
    files = {
        "t.yml": """topology:
  nodes:
    a: {kind: linux, image: x/tools, binds: ["a.sh:/a.sh"], exec: ["bash /a.sh"]}
    b: {kind: linux, image: x/tools}
  links:
    - endpoints: ["a:eth1", "b:eth1"]
""",
        "a.sh": "#!/bin/sh\nip addr add 192.0.2.1/24 dev eth1\nreboot\n",
    }
    foreign = read_containerlab(SourceFolder(lab_folder(tmp_path, files)), "t.yml")
    assert foreign.nodes["a"].addresses == {"eth1": ["192.0.2.1/24"]}
    assert "a.sh:3 reboot" in reasons(foreign)
