"""The file of an RPKI cache: changed for a check, restored, and possibly hostile."""

import json
import os

import pytest

from labs.supervisor import roas
from labs.supervisor.roas import NoRoas, Roas

SERVED = {
    "metadata": {"a": 1},
    "roas": [
        {"prefix": "2001:db8::/32", "asn": "AS1", "maxLength": 48},
        {"prefix": "192.0.2.0/24", "asn": "AS2", "maxLength": 24},
    ],
}
PLACE = "h1:/etc/vrps.json"


@pytest.fixture
def network(folders):
    network = folders("h1")
    path = network.space("h1").path / "etc/vrps.json"
    path.parent.mkdir()
    path.write_text(json.dumps(SERVED))
    network.file = path
    return network


def served(network):
    return json.loads(network.file.read_bytes())["roas"]


def test_a_prefix_gets_another_origin_and_undo_restores_it(network):
    acting, before = Roas(), network.file.read_bytes()
    acting.act(network, {"roas": PLACE, "prefix": "2001:db8::/32", "origin_as": 7, "max_length": 40})
    assert served(network) == [
        SERVED["roas"][1],
        {"prefix": "2001:db8::/32", "asn": "AS7", "maxLength": 40, "ta": "check"},
    ]
    acting.act(network, {"roas": PLACE, "prefix": "192.0.2.0/24"})
    assert len(served(network)) == 1
    acting.act(network, {"roas": PLACE, "undo": True})
    assert network.file.read_bytes() == before


def test_the_maximum_length_defaults_to_the_prefix_length(network):
    Roas().act(network, {"roas": PLACE, "prefix": "2001:db8:7::/48", "origin_as": 7})
    assert served(network)[-1]["maxLength"] == 48


def test_undo_without_a_change_or_after_a_reset_does_nothing(network):
    acting = Roas()
    acting.act(network, {"roas": PLACE, "undo": True})
    acting.act(network, {"roas": PLACE, "prefix": "192.0.2.0/24"})
    acting.forget("h1")
    network.file.write_text("made again")
    acting.act(network, {"roas": PLACE, "undo": True})
    assert network.file.read_text() == "made again"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"roas": 7}',
        '{"roas": [7]}',
        '{"roas": [{}]}',
        '{"roas": [{"prefix": "x"}]}',
        "[" * 50_000,
        "null",
    ],
)
def test_an_invalid_file_of_roas_is_not_changed(network, text):
    network.file.write_text(text)
    with pytest.raises(NoRoas, match=r"h1:/etc/vrps\.json"):
        Roas().act(network, {"roas": PLACE, "prefix": "192.0.2.0/24"})
    assert network.file.read_text() == text


@pytest.mark.parametrize("kind", ["none", "pipe", "link", "folder", "large"])
def test_anything_but_a_regular_file_is_neither_read_nor_written(network, tmp_path, kind, monkeypatch):
    outside = tmp_path / "outside"
    outside.write_text(json.dumps(SERVED))
    network.file.unlink()
    if kind == "pipe":
        os.mkfifo(network.file)
    if kind == "link":
        network.file.symlink_to(outside)
    if kind == "folder":
        network.file.mkdir()
    if kind == "large":
        monkeypatch.setattr(roas, "LARGEST", 10)
        network.file.write_text(json.dumps(SERVED))
    with pytest.raises(NoRoas):
        Roas().act(network, {"roas": PLACE, "prefix": "192.0.2.0/24"})
    assert json.loads(outside.read_text()) == SERVED


def test_undo_does_not_write_into_a_pipe_in_place_of_the_file(network):
    acting = Roas()
    acting.act(network, {"roas": PLACE, "prefix": "192.0.2.0/24"})
    network.file.unlink()
    os.mkfifo(network.file)
    with pytest.raises(NoRoas):
        acting.act(network, {"roas": PLACE, "undo": True})


def test_an_unknown_node_is_named_in_the_error(network):
    with pytest.raises(NoRoas, match="no running node h9"):
        Roas().act(network, {"roas": "h9:/etc/vrps.json", "prefix": "192.0.2.0/24"})
