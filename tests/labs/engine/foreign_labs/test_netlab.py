"""A topology of netlab becomes a lab: netlab's result says what each node has, and its groups say whose it is."""

import json
import stat

import pytest

from labs.engine.foreign_labs.netlab import read_netlab
from labs.engine.foreign_labs.source_folder import SourceFolder

NODES = ("rtr", "x1", "x2")


@pytest.fixture
def read(tmp_path):
    """Reads a topology with these groups, by a program that stands in for netlab."""

    def _read(groups):
        result = {"nodes": {name: {"device": "frr", "interfaces": []} for name in NODES}, "groups": groups}
        source, program = tmp_path / "source", tmp_path / "netlab"
        source.mkdir()
        (source / "topology.yml").write_text(f"nodes: [ {', '.join(NODES)} ]\n")
        program.write_text(f"#!/bin/sh\ncat >transformed.json <<'END'\n{json.dumps(result)}\nEND\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return read_netlab(SourceFolder(source), "topology.yml", "test", str(program))

    return _read


@pytest.mark.parametrize("group", ["probes", "external"])
def test_the_routers_of_the_instructor_are_in_a_group_of_their_own(read, group):
    lab = read({group: {"members": ["x1", "x2"]}})
    assert {name: node.learner for name, node in lab.nodes.items()} == {"rtr": True, "x1": False, "x2": False}


@pytest.mark.parametrize("groups", [{}, {"external": {"members": list(NODES)}}, {"others": {"members": ["x1"]}}])
def test_without_such_a_group_the_source_does_not_say_whose_a_router_is(read, groups):
    assert {node.learner for node in read(groups).nodes.values()} == {None}
