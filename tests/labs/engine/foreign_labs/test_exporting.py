"""A lab goes home: its network, addresses and configurations, in the files of another system."""

from pathlib import Path

import pytest
import yaml

from labs.engine.authoring.new_lab import ABOUT, create
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.foreign_labs.containerlab import read_containerlab
from labs.engine.foreign_labs.export_kathara import numbered
from labs.engine.foreign_labs.exporting import SYSTEMS, CannotExport, export_lab
from labs.engine.foreign_labs.home_lab import as_script, segments, with_shell
from labs.engine.foreign_labs.kathara import read_kathara
from labs.engine.foreign_labs.source_folder import SourceFolder


@pytest.fixture(params=list(ABOUT))
def original(request, tmp_path):
    create(tmp_path / "original", request.param)
    return load_lab(tmp_path / "original")


def held(node, names):
    """The addresses of a node by interface. NAMES are what its interfaces are called there."""
    given = {name: list(addresses) for name, addresses in names if addresses}
    return given | ({"lo": list(node.loopback)} if node.loopback else {})


def test_what_is_exported_for_kathara_has_the_same_network_when_it_is_read(original, tmp_path):
    export_lab(original, "kathara", tmp_path / "home")
    read = read_kathara(SourceFolder(tmp_path / "home"), "home")
    for node in with_shell(original):
        there_as = numbered(original, node.name)
        names = [(there_as[end.name], end.addresses) for end in original.interfaces(node.name)]
        there = read.nodes[node.name.replace("-", "_")]
        assert there.addresses == held(node, names)
        assert there.kind is node.kind
    assert len(read.segments) == len(segments(original))


def test_what_is_exported_for_containerlab_has_the_same_network_when_it_is_read(original, tmp_path):
    export_lab(original, "containerlab", tmp_path / "home")
    read = read_containerlab(SourceFolder(tmp_path / "home"), f"{original.id}.clab.yml")
    for node in with_shell(original):
        names = [(end.name, end.addresses) for end in original.interfaces(node.name)]
        assert read.nodes[node.name].addresses == held(node, names)
        assert read.nodes[node.name].kind is node.kind
    links = {frozenset(segment.ends) for segment in segments(original) if segment.is_link}
    assert links <= {frozenset(segment.ends) for segment in read.segments}


def test_a_lan_is_one_segment_however_many_switches_it_has(tmp_path):
    create(tmp_path / "lab", "exchange")
    lab = load_lab(tmp_path / "lab")
    lans = [segment for segment in segments(lab) if not segment.is_link]
    assert lans
    assert all(lab.nodes[node].has_shell for segment in segments(lab) for node, _interface in segment.ends)


def test_the_topology_of_containerlab_has_all_nodes_links_and_files(tmp_path):
    create(tmp_path / "lab", "bgp-pair")
    lab = load_lab(tmp_path / "lab")
    export_lab(lab, "containerlab", tmp_path / "home")
    topology = yaml.safe_load((tmp_path / "home" / "lab.clab.yml").read_text())["topology"]
    assert set(topology["nodes"]) == {"h1", "r1", "isp"}
    assert topology["links"] == [{"endpoints": ["h1:eth0", "r1:eth0"]}, {"endpoints": ["r1:eth1", "isp:eth0"]}]
    for node in topology["nodes"].values():
        assert node["network-mode"] == "none"  # eth0 is a link of the lab
        for bind in node.get("binds", ()):
            assert (tmp_path / "home" / bind.split(":")[0]).is_file()
    assert "isp/etc/bird/bird.conf:/etc/bird.conf" in topology["nodes"]["isp"]["binds"]


def test_a_solved_lab_types_the_solution_as_it_starts(tmp_path):
    create(tmp_path / "lab", "bgp-pair")
    lab = load_lab(tmp_path / "lab")
    export_lab(lab, "kathara", tmp_path / "solved", solved=True)
    export_lab(lab, "kathara", tmp_path / "start")
    assert (tmp_path / "solved" / "r1.startup").read_text().endswith("bash /vaka-solution.sh\n")
    assert "router bgp" in (tmp_path / "solved" / "r1" / "vaka-solution.sh").read_text()
    assert not (tmp_path / "start" / "r1" / "vaka-solution.sh").exists()


def test_interfaces_keep_their_names_for_kathara_where_they_fit():
    nodes = [Node(name=name, kind=Kind.HOST) for name in ("fits", "has-gaps")]
    ends = [(0, 0), (1, 2), (2, 10)]
    lab = ad_hoc_lab("names", nodes, [link(f"fits:eth{here}", f"has-gaps:eth{there}") for here, there in ends])
    assert numbered(lab, "fits") == {"eth0": "eth0", "eth1": "eth1", "eth2": "eth2"}
    assert numbered(lab, "has-gaps") == {"eth0": "eth0", "eth2": "eth1", "eth10": "eth2"}


def test_what_is_typed_into_vtysh_becomes_a_here_document():
    typed = [
        "ip link set eth0 up",
        "vtysh",
        "conf t",
        "router bgp 64500",
        "exit",
        "exit",
        "exit",
        "echo done",
        "vtysh",
        "conf t",
        "end",
        "exit",
    ]
    assert as_script(typed).splitlines() == [
        "#!/bin/bash",
        "ip link set eth0 up",
        "vtysh <<'VAKA_END'",
        "conf t",
        "router bgp 64500",
        "exit",
        "exit",
        "VAKA_END",
        "echo done",
        "vtysh <<'VAKA_END'",
        "conf t",
        "end",
        "VAKA_END",
    ]


def test_the_readme_says_how_to_run_it_and_what_is_different(original, tmp_path):
    for system in SYSTEMS:
        export_lab(original, system, tmp_path / system)
        text = (tmp_path / system / "README.md").read_text()
        assert original.title in text
        assert {"containerlab": "containerlab deploy -t", "kathara": "kathara lstart"}[system] in text


def test_an_existing_folder_is_never_written_into(original, tmp_path):
    with pytest.raises(CannotExport, match="exists already"):
        export_lab(original, "kathara", tmp_path)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_lab_of_the_catalogue_goes_home(system, tmp_path):
    catalog = Path(__file__).parents[4] / "labs" / "catalog"
    folders = [folder for folder in catalog.iterdir() if (folder / "lab.yaml").is_file()]
    assert folders
    for folder in folders:
        lab = load_lab(folder)
        files = export_lab(lab, system, tmp_path / lab.id, solved=True)
        assert len(files) > len(lab.solution)


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_a_program_of_a_node_can_be_run_at_home_and_a_lan_without_a_host_goes_with_it(system, tmp_path):
    program = StartFile(path="/usr/local/bin/probe", content=b"#!/bin/sh\n", executable=True)
    plain = StartFile(path="/etc/motd", content=b"Hello.\n", executable=False)
    nodes = [Node(name="my-host", kind=Kind.HOST, files=(program, plain)), Node(name="lan", kind=Kind.SWITCH)]
    lab = ad_hoc_lab("probing", nodes, [link("my-host:eth0", "lan:p0", ["2001:db8::1/64"])])
    export_lab(lab, system, tmp_path / "home")
    name = {"kathara": "my_host"}.get(system, "my-host")
    modes = [(tmp_path / "home" / name / path).stat().st_mode & 0o777 for path in ("usr/local/bin/probe", "etc/motd")]
    assert modes == [0o755, 0o644]
    conf = "lab.conf" if system == "kathara" else "probing.clab.yml"
    line = 'my_host[0]="lan"' if system == "kathara" else '- endpoints: ["my-host:eth0", "br-lan:lan-1"]'
    assert line in (tmp_path / "home" / conf).read_text()
