"""netlab runs in a process of its own, with nothing of ours, and is stopped when it takes too much."""

import json
import stat
import time
from pathlib import Path

import pytest

from labs.engine.foreign_labs import netlab_run
from labs.engine.foreign_labs.foreign_lab import CannotImport
from labs.engine.foreign_labs.netlab_run import transformed


@pytest.fixture
def program(tmp_path):
    """Makes a program that stands in for netlab."""

    def make(script):
        file = tmp_path / "netlab"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return str(file)

    return make


def test_without_netlab_the_message_says_how_to_get_it():
    with pytest.raises(CannotImport, match="uv tool install networklab"), transformed({}, {}, "no-such-netlab"):
        pass


def test_it_gets_the_topology_in_an_empty_folder_and_an_environment_without_secrets(program, monkeypatch):
    monkeypatch.setenv("VAKA_SECRET_KEY", "secret")
    form = '{"nodes": {}, "args": "%s", "files": "%s", "home": "%s", "secret": "%s"}'
    script = f"""found=$(ls)
printf '{form}' "$*" "$found" "$HOME" "$VAKA_SECRET_KEY" >transformed.json
mkdir node_files; cp topology.yml node_files/copy"""
    topology = {"nodes": {"r1": {"bgp": {"as": 64500}}}}
    with transformed(topology, {"nodes.r1": "frr"}, program(script)) as (result, folder):
        assert "-s nodes.r1.device=frr" in result["args"]
        assert result["args"].startswith("create topology.yml -d frr -p clab")
        assert result["files"].split() == ["topology.yml"]
        assert (result["secret"], result["home"]) == ("", str(folder.root))
        assert json.loads(folder.text("node_files/copy")) == topology
    assert not folder.root.exists()


def test_what_it_says_when_it_refuses_a_topology_is_passed_on(program):
    with (
        pytest.raises(CannotImport, match="no such module"),
        transformed({}, {}, program("echo no such module; exit 1")),
    ):
        pass


def test_it_is_stopped_with_all_its_children_after_its_time(program, monkeypatch, tmp_path):
    monkeypatch.setattr(netlab_run, "SECONDS", 1)
    script = f"(sleep 60; touch {tmp_path}/late) & echo $! >{tmp_path}/child; sleep 60"
    with pytest.raises(CannotImport, match="more than 1 s"), transformed({}, {}, program(script)):
        pass
    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 10
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.01)  # the kernel ends it a moment after the signal
    assert not is_running(child)


def is_running(pid):
    """Tell whether a process still runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("script", ["true", "echo '[]' >transformed.json", "echo '{' >transformed.json"])
def test_a_missing_or_broken_result_is_an_error(program, script):
    with pytest.raises(CannotImport, match="no result"), transformed({}, {}, program(script)):
        pass
