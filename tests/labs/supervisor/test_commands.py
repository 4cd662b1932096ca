"""Commands that a check runs on a node of the instructor, and what undoes them. Real shells, in a folder."""

import asyncio
import os
from types import SimpleNamespace

import pytest

from labs.supervisor import commands, daemons
from labs.supervisor.commands import Commands, NotDone

NODES = {
    "north": {"learner": False, "kind": "frr"},
    "r1": {"learner": True, "kind": "frr"},
    "s1": {"learner": False, "kind": "switch"},
}


@pytest.fixture
def network(tmp_path, monkeypatch):
    def run_script(space, script, path):
        words = (os.POSIX_SPAWN_OPEN, 2, str(tmp_path / "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        return os.posix_spawn("/bin/bash", ["bash", "-c", f"cd {tmp_path}\n{script}"], os.environ, file_actions=[words])

    monkeypatch.setattr(daemons, "run_script", run_script)
    monkeypatch.setattr(daemons, "start_log", lambda space, path: (tmp_path / "log").read_text().strip())
    return SimpleNamespace(lab={"nodes": NODES}, space=lambda name: SimpleNamespace(name=name), folder=tmp_path)


def act(acting, network, **action):
    asyncio.run(acting.act(network, {"run": "north", **action}))


def leaked(network):
    return sorted(path.name for path in network.folder.iterdir() if path.name != "log")


def test_what_was_done_is_undone_once_and_the_last_first(network):
    acting = Commands()
    act(acting, network, commands=["touch a"], restore=["mv a b"])
    act(acting, network, commands=["touch c"], restore=["test -e a", "rm c"])
    assert leaked(network) == ["a", "c"]
    act(acting, network, undo=True)
    act(acting, network, undo=True)
    assert leaked(network) == ["b"]


def test_commands_that_fail_half_way_say_why_and_can_be_undone(network):
    acting = Commands()
    with pytest.raises(NotDone, match=r"north ended with status 1.*No such file"):
        act(acting, network, commands=["touch a", "cat /none", "touch never"], restore=["rm -f a"])
    assert leaked(network) == ["a"]
    act(acting, network, undo=True)
    assert leaked(network) == []


def test_what_could_not_be_undone_is_tried_again(network):
    acting = Commands()
    act(acting, network, commands=["touch a"], restore=["test -e free", "rm a"])
    with pytest.raises(NotDone):
        act(acting, network, undo=True)
    (network.folder / "free").touch()
    act(acting, network, undo=True)
    assert leaked(network) == ["free"]


def test_a_command_that_does_not_end_is_ended(network, monkeypatch):
    monkeypatch.setattr(commands, "SECONDS", 0.2)
    with pytest.raises(NotDone, match="did not end within"):
        act(Commands(), network, commands=["sleep 60"], restore=["true"])


@pytest.mark.parametrize("node", ["r1", "s1", "nobody"])
def test_commands_run_on_nodes_of_the_instructor_only(node, network):
    with pytest.raises(NotDone, match="not a node of the instructor"):
        act(Commands(), network, run=node, commands=["touch a"], restore=["rm a"])
    assert leaked(network) == []


def test_a_node_that_was_reset_has_nothing_to_undo(network):
    acting = Commands()
    act(acting, network, commands=["touch a"], restore=["rm a"])
    acting.forget("north")
    act(acting, network, undo=True)
    assert leaked(network) == ["a"]
