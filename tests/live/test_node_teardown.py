"""Packets that are on their way when a lab ends, in a real lab: nothing of them is left."""

import time
from pathlib import Path

import pytest

from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace

pytestmark = [pytest.mark.live, pytest.mark.alone]

PAIRS = (
    "for n in a b; do ip link add ${n}0 type veth peer name ${n}1; ip link set ${n}0 up; ip link set ${n}1 up; done; "
    "ip addr add 10.9.9.1/24 dev a0; ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:09 dev a0"
)
CIRCLE = (
    PAIRS,
    "nft add table netdev t; nft 'add chain netdev t a { type filter hook ingress device a1 priority 0; }'",
    "nft 'add chain netdev t b { type filter hook ingress device b1 priority 0; }'",
    "nft add rule netdev t a fwd to b0; nft add rule netdev t b fwd to a0",
    "for n in 1 2 3; do echo x >/dev/udp/10.9.9.9/9; done; echo circles",
)


def received_packets() -> int:
    """The runs of the kernel's handler of received packets, of all networks of this server."""
    line = next(line for line in Path("/proc/softirqs").read_text().splitlines() if "NET_RX" in line)
    return sum(map(int, line.split()[1:]))


def rate() -> float:
    before = received_packets()
    time.sleep(2)
    return (received_packets() - before) / 2


@pytest.fixture
def started(runner, village):
    return lambda: runner.running(village, seconds=pace.seconds(60))


def typed(lab, lines):
    with Shell(lab, "h1", "types") as shell:
        return [shell.type(line) for line in lines]


@pytest.mark.parametrize("last", ["lab", "node"])
def test_packets_that_go_round_and_round_end_with_their_node_and_their_lab(started, last):
    quiet = rate()
    with started() as lab:
        assert "circles" in typed(lab, CIRCLE)[-1]
        assert rate() > quiet + 2000  # the control
        if last == "node":
            lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)
            assert rate() < quiet + 1000
    assert rate() < quiet + 1000
