"""A node that holds too much in the kernel, in a real lab."""

import time

import pytest

from labs.engine.errors import LabFailed
from labs.engine.workbench import Shell

pytestmark = pytest.mark.live


def test_a_node_that_holds_too_much_in_the_kernel_is_ended_and_a_reset_brings_it_back(lab):
    fill = 'for my $n (1 .. 120000) { printf "neigh add fe80::%x:%x lladdr 2:: dev eth0 nud permanent\\n", $n >> 16, $n & 65535 }'
    with Shell(lab, "h2", "fills") as shell:
        shell._talk.send(f"perl -e '{fill}' | sed s/2::/02:00:00:00:00:02/ | ip -6 -batch -\r".encode())
        until = time.monotonic() + 20
        while lab.status()["nodes"]["h2"]["up"] and time.monotonic() < until:
            time.sleep(0.1)
    assert {name for name, node in lab.status()["nodes"].items() if not node["up"]} == {"h2"}
    with pytest.raises(
        LabFailed, match=r"h2 does not run any more: it held more memory of the kernel than a lab may\. Reset it"
    ):
        Shell(lab, "h2", "again")
    lab.reset("h2", seconds=30, on_step=lambda step, seconds: None)
    with Shell(lab, "h2", "anew") as shell:
        assert "1 received" in shell.type("ping -c 1 2001:db8:1::10")
