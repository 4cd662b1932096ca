"""Two routers are not OSPFv3 neighbours: the cause is found."""

from labs.engine.diagnosis import diagnosis
from rigs.diagnose.frr_pair import ROUTER
from tests.labs.engine.diagnosis.networks import answers, port, search


def test_of_two_faults_the_nearer_one_is_named():
    def down(ask):
        if ask["node"] == "r2" and ask["ask"] == "ip" and ask["args"][-1] == "addr":
            return {"json": [port("eth0", "r2", flags=(), mtu=1400)]}
        return None

    other = ROUTER.replace("ipv6 ospf6 area 0", "ipv6 ospf6 area {i}")
    [found] = diagnosis.run([search("pair", "ospf")], answers(down, other))
    assert found.name == "link-down"
    assert "r2:eth0" in str(found.text)
    assert "ip link show eth0" in str(found.text)
    [found] = diagnosis.run([search("pair", "ospf")], answers(routers=other))
    assert found.name == "ospf-area"


def test_without_a_fault_at_either_end_only_observations_are_reported():
    [found] = diagnosis.run([search("pair", "ospf")], answers())
    assert found.name == ""
    assert str(found.text).startswith("The cause is not known. Observed: ")
    assert "r1:eth0 and r2:eth0 match" in str(found.text)
