"""A network scenario of Kathara: lab.conf, startup files, folders of devices."""

import pytest

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import MOST_NODES, CannotImport
from labs.engine.foreign_labs.kathara import read_kathara
from labs.engine.foreign_labs.source_folder import SourceFolder
from tests.labs.engine.foreign_labs.foreign import KATHARA, lab_folder, reasons


@pytest.fixture
def foreign(tmp_path):
    return read_kathara(SourceFolder(lab_folder(tmp_path, KATHARA)), "two")


def test_devices_and_collision_domains_become_nodes_and_segments(foreign):
    assert {name: node.kind for name, node in foreign.nodes.items()} == {
        "r1": Kind.FRR,
        "r2": Kind.FRR,
        "pc_one": Kind.HOST,
    }
    assert {segment.name: segment.ends for segment in foreign.segments} == {
        "A": [("r1", "eth0"), ("pc_one", "eth0")],
        "B": [("r1", "eth1"), ("r2", "eth0")],
    }
    assert foreign.description == "Two networks"


def test_startup_files_give_addresses_and_routes(foreign):
    assert foreign.nodes["r1"].addresses == {"eth0": ["192.0.2.1/25"], "eth1": ["192.0.2.129/25"]}
    assert foreign.nodes["pc_one"].routes == ["ip route replace default via 192.0.2.1"]
    assert foreign.nodes["pc_one"].sysctls == {"net.ipv4.ip_forward": "0"}


def test_configurations_are_read_and_other_files_copied(foreign):
    assert foreign.nodes["r1"].routing == ["router ospf", "ospf router-id 198.51.100.1", "network 192.0.2.0/24 area 0"]
    assert foreign.nodes["pc_one"].files == {"/etc/motd": b"hello\n"}


def test_what_is_left_out_has_its_place_and_reason(foreign):
    found = reasons(foreign)
    assert "Internet" in found["lab.conf:8 pc_one[bridged]=true"]
    assert "not a line" in found["lab.conf:10 nonsense"]
    assert "nginx" in found["r2.startup:3 systemctl start apache2"]
    assert "no device of this name" in found["r9.startup:1 r9.startup"]
    assert "no device of this name" in found["_test:1 _test"]
    assert "share no folder" in found["shared/x:1 shared/x"]


def test_the_name_and_the_authors_of_the_scenario_are_kept(tmp_path):
    conf = 'LAB_NAME="Two networks"\nLAB_AUTHOR="A. Author, B. Author"\nLAB_WEB=https://example.org/\nLAB_VERSION=2\nr[0]="A"\n'
    foreign = read_kathara(SourceFolder(lab_folder(tmp_path, {"lab.conf": conf})), "lab")
    assert foreign.name == "Two networks"
    assert foreign.credits == ["LAB_AUTHOR: A. Author, B. Author", "LAB_WEB: https://example.org/"]


def test_a_host_with_two_interfaces_forwards_as_it_does_in_kathara(tmp_path):
    conf = 'r[0]="A"\nr[1]="B"\npc[0]="A"\n'
    foreign = read_kathara(SourceFolder(lab_folder(tmp_path, {"lab.conf": conf})), "x")
    assert foreign.nodes["r"].sysctls["net.ipv4.ip_forward"] == "1"
    assert foreign.nodes["pc"].sysctls == {}


def test_too_many_devices_are_refused(tmp_path):
    conf = "".join(f'd{number}[0]="A"\n' for number in range(MOST_NODES + 1))
    with pytest.raises(CannotImport, match=f"more than {MOST_NODES} devices"):
        read_kathara(SourceFolder(lab_folder(tmp_path, {"lab.conf": conf})), "x")
