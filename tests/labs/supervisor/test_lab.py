"""The states of a lab, which operations each allows, and that operations exclude each other."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from labs.engine.shared import pace
from labs.supervisor import node_teardown
from labs.supervisor.lab import Lab, LabError
from labs.supervisor.network import LinkFailed, Network

EMPTY = {"nodes": {}, "links": [], "requires": []}


def build(lab, description=EMPTY, saved=None):
    steps = []
    asyncio.run(lab.build(description, steps.append, saved))
    return [step["step"] for step in steps]


def test_a_new_lab_is_empty_and_becomes_ready_in_four_steps():
    lab = Lab()
    assert lab.describe()["state"] == "empty"
    assert build(lab) == ["nodes", "links", "daemons", "ready"]
    assert lab.describe() == {"state": "ready", "error": "", "cables": {}, "nodes": {}}


def test_a_failed_lab_keeps_its_error_and_cannot_be_built_again(monkeypatch):
    def fail(network):
        raise LinkFailed("ip: no room")

    lab = Lab()
    with monkeypatch.context() as broken:
        broken.setattr(Network, "make_nodes_and_links", fail)
        with pytest.raises(LabError, match="no room"):
            build(lab)
    assert (lab.state, lab.error) == ("failed", "ip: no room")
    with pytest.raises(LabError, match="already has a lab"):
        build(lab)


@pytest.mark.parametrize("error", [ValueError("odd"), TypeError("odd"), KeyError("odd")])
def test_invalid_saved_work_fails_the_lab_with_a_sentence(error):
    def read(network):
        raise error

    lab = Lab()
    with pytest.raises(LabError, match=r"The saved work cannot be restored: '?odd'?\."):
        build(lab, saved=read)
    assert lab.state == "failed"


@pytest.mark.parametrize(
    "act",
    [
        lambda lab: lab.act({"link": "h1:eth0", "up": False}),
        lambda lab: lab.reset("h1", print, print),
        lambda lab: lab.reset(None, print, print),
    ],
)
def test_a_lab_that_is_not_ready_refuses_actions(act):
    with pytest.raises(LabError, match="The lab is not ready"):
        asyncio.run(act(Lab()))


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda lab: lab.act({"link": "h1:eth0"}), "The lab has no interface h1:eth0."),
        (lambda lab: lab.act({}), "The lab has no interface None."),
        (lambda lab: lab.act({"roas": "h1:/x", "prefix": "::/0"}), "The lab has no running node h1."),
        (lambda lab: lab.reset("h1", print, print), "The lab has no node h1."),
    ],
)
def test_an_unknown_node_or_interface_is_named_in_the_error(act, sentence):
    lab = Lab()
    build(lab)
    with pytest.raises(LabError) as refusal:
        asyncio.run(act(lab))
    assert str(refusal.value) == sentence


def test_a_reset_waits_until_a_save_has_read_the_lab():
    async def all_of():
        lab, order = Lab(), []
        await lab.build(EMPTY, lambda step: None, None)

        async def save():
            async with lab.still():
                await asyncio.sleep(0.02)
                order.append("saved")

        async def reset():
            await asyncio.sleep(0.005)
            await lab.reset(None, lambda step: None, print)
            order.append("reset")

        await asyncio.gather(save(), reset())
        return order

    assert asyncio.run(all_of()) == ["saved", "reset"]


class Restored:
    """Saved work of each node that only notes what is restored, in its order."""

    def __init__(self):
        self.done, self.cables, self.trouble = [], {}, []

    def of(self, name):
        return {"network": {}}

    def write_files(self, network, *, again=False):
        self.done.append("files")

    async def bring_back_networks(self, network, *, again=False):
        self.done.append("networks")

    async def start_again(self, space, spec, read_files):
        self.done.append("services")

    def bring_back_queues(self, network):
        self.done.append("queues")


@pytest.mark.parametrize("starts", ["build", "reset"])
def test_a_network_is_restored_before_the_services_of_its_node_start_and_once_more_after(starts, folders, monkeypatch):
    """A service could not listen on an address that its learner had added: v6-services had 20 of 100 points after a resume."""
    node = {"kind": "host", "learner": True, "start": ["nsd"], "files": [], "daemons": [], "interfaces": {}}
    space, work, lab = folders("h1").space("h1"), Restored(), Lab()
    monkeypatch.setattr(Network, "make_nodes_and_links", lambda network: None)
    monkeypatch.setattr(Network, "configure", lambda network, names: work.done.append("links"))
    monkeypatch.setattr(Network, "space", lambda network, name: space)
    build(lab, EMPTY | {"nodes": {"h1": node}}, lambda network: work)
    if starts == "reset":
        work.done.clear()
        monkeypatch.setattr(node_teardown, "end", ended)
        monkeypatch.setattr("labs.supervisor.lab.exit_status", ended)
        asyncio.run(lab.reset(None, lambda step: None, lambda name: None, lambda network: work))
    assert work.done == ["files", "links", "networks", "services", "files", "networks", "queues"]


async def ended(_nodes):
    pass


def test_an_unknown_node_has_no_interfaces():
    lab = Lab()
    assert lab.interfaces("h1") == lab.names() == []
    with pytest.raises(KeyError):
        lab.space("h1")
    lab.typed_on("h1")  # a terminal's last word after a reset


LIMITS = """
import json
from tests.labs.supervisor import conftest  # stands in for Mininet
from labs.supervisor import commands, daemons, netlink
from labs.supervisor.saved_work import restoring, traffic_control
print(json.dumps([daemons.START_TIME, restoring.AGAIN_TIME, commands.SECONDS, netlink.SECONDS, traffic_control.TIME]))
"""


def test_a_slow_machine_has_more_time_also_for_nodes_that_start_with_saved_work():
    """On an emulated machine of pace 22, nodes got 20 seconds: of saved work for 100 points, 18 came back."""

    def limits(slower):
        told = {"PATH": "", "PYTHONPATH": os.pathsep.join(["", *sys.path]), pace.VARIABLE: str(slower)}
        done = subprocess.run([sys.executable, "-c", LIMITS], env=told, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    usual, slow = limits(1), limits(10)
    assert slow == [10 * limit for limit in usual]
