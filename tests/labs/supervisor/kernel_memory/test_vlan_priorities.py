"""Weighing the priorities that VLAN interfaces map."""

import pytest

from labs.supervisor import network_files
from labs.supervisor.kernel_memory import vlan_priorities

HEAD = "v0  VID: 5\t REORDER_HDR: 1  dev->priv_flags: 1001\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    made = tmp_path / "7/net/vlan"
    made.mkdir(parents=True)
    return made


def test_each_priority_of_each_interface_counts_though_it_maps_to_0(folder):
    for name in ("v0", "v1"):
        (folder / name).write_text(HEAD + "EGRESS priority mappings: " + " ".join(f"{n}:0" for n in range(1000)))
    assert vlan_priorities.weigh_files(7) >= 2 * 1000 * 32


def test_an_interface_without_priorities_weighs_little(folder):
    (folder / "config").write_text("VLAN Dev name | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n")
    (folder / "v0").write_text(HEAD)
    assert vlan_priorities.weigh_files(7) < 2000


def test_a_kernel_without_vlan_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    assert vlan_priorities.weigh_files(7) == 0
