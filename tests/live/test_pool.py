"""An empty container of the pool gets its lab: the limits, and all that works in a lab that was started for itself."""

import uuid

import pytest

from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.runtime import convergence
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.container_limits import processes_of
from labs.engine.runtime.memory_limit import memory_limit_mb
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live


def test_an_empty_container_waits_small_and_becomes_any_lab(runner, village, shell_on):
    name = str(uuid.uuid4())
    try:
        container = runner.engine.start(name, None, generation=1)
        session = LabClient(runner.relay, name)
        assert session.status()["state"] == "empty"
        assert runner.engine.usage(name).memory < 40 << 20

        assert runner.engine.fit(name, village)
        limits = runner.engine.client.api.inspect_container(container)["HostConfig"]
        memory = memory_limit_mb(village) << 20
        cpus = int(village.limits.cpus * 1e9)
        assert (limits["Memory"], limits["MemorySwap"]) == (memory, memory)
        assert (limits["NanoCpus"], limits["PidsLimit"]) == (cpus, processes_of(village))

        session.build(village, seconds=60, on_step=lambda step, seconds: None)
        assert "0% packet loss" in shell_on(session, "h1").type("ping -c 1 -w 5 2001:db8:1::20")
        assert "FRRouting" in shell_on(session, "r1").type("vtysh -c 'show version'")
    finally:
        runner.engine.remove(name)


def test_a_container_that_is_gone_is_not_fitted(runner, village):
    assert not runner.engine.fit(str(uuid.uuid4()), village)


# Who meets nobody tries again soon, not after two minutes: on a busy computer one of them is up much sooner than the other
FRR = b"""hostname r1
ipv6 forwarding
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 network point-to-point
router ospf6
 ospf6 router-id 192.0.2.1
router bgp 64500
 bgp router-id 192.0.2.1
 no bgp ebgp-requires-policy
 neighbor 2001:db8:2::2 remote-as 64501
 neighbor 2001:db8:2::2 timers connect 3
 neighbor 2001:db8:2::3 remote-as 64502
 address-family ipv6 unicast
  neighbor 2001:db8:2::2 activate
"""
BIRD = b"""router id 192.0.2.2;
protocol device {}
protocol ospf v3 o { ipv6 { export none; }; area 0 { interface "eth0" { type ptp; }; }; }
protocol static { ipv6; route 2001:db8:b::/48 blackhole; }
protocol bgp up {
  local 2001:db8:2::2 as 64501; neighbor 2001:db8:2::1 as 64500; ipv6 { import all; export all; };
  connect retry time 3; error wait time 1, 3;
}
"""


def test_a_lab_has_converged_when_what_its_start_files_set_up_has_come_up(runner, shell_on):
    files = {name: StartFile(path=path, content=content, executable=False)
             for name, path, content in (("r1", "/etc/frr/frr.conf", FRR), ("b1", "/etc/bird/bird.conf", BIRD))}  # fmt: skip
    nodes = [
        Node(name="r1", kind=Kind.FRR, daemons=("ospf6d", "bgpd"), files=(files["r1"],)),
        Node(name="b1", kind=Kind.BIRD, files=(files["b1"],)),
    ]
    lab = make_lab(nodes, [link("r1:eth0", "b1:eth0", ["2001:db8:2::1/64"], ["2001:db8:2::2/64"])])
    with runner.running(lab) as session:
        assert convergence.wait(lab, session, seconds=60) == []
        seen = convergence.snapshot(lab, session).protocols["r1"]
        assert seen.peers == {"2001:db8:2::2": True, "2001:db8:2::3": False}  # nobody has the second one
        assert [is_up for (_version, interface), is_up in seen.ospf.items() if interface == "eth0"] == [True]
        shell_on(session, "b1").type("birdc disable up; birdc disable o")
        lacking = convergence.wait(lab, session, seconds=4)
        assert "BGP of b1 with 2001:db8:2::1" in lacking
