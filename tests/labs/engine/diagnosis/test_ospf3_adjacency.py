"""Two routers are not OSPFv3 neighbours: the cause is found."""

import pytest

from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis, ospf3_adjacency
from rigs.diagnose.fault_network import cable
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


MIXED = ad_hoc_lab(
    "mixed", [Node(name="r1", kind=Kind.FRR), Node(name="b2", kind=Kind.BIRD)], [cable("r1:eth0", "b2:eth0")]
)
FRR = "interface eth0\n ipv6 ospf6 area 0\n ipv6 ospf6 hello-interval 1\n ipv6 ospf6 dead-interval 4\nexit\nrouter ospf6\nexit\n"
BIRD = 'protocol ospf v3 o { area 0 { interface "eth0" { hello 1; dead 4; }; }; }'


def of_bird_end(text, frr=FRR, mtu=1500):
    return [one.name for one in causes_of_bird_end(text, frr, mtu)]


def causes_of_bird_end(text, frr=FRR, mtu=1500):
    r1 = Seen(MIXED.nodes["r1"], ports={"eth0": Port("eth0")}, config=of_frr(frr))
    b2 = Seen(MIXED.nodes["b2"], ports={"eth0": Port("eth0", mtu=mtu)}, config=of_bird(text))
    nodes = {"r1": r1, "b2": b2}
    return list(ospf3_adjacency.why(Network(MIXED, nodes), r1, r1.ports["eth0"], b2, b2.ports["eth0"]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (BIRD, []),
        (BIRD.replace('"eth0"', '"eth1"'), ["ospf-not-on"]),
        (BIRD.replace('"eth0"', "2001:db8::/32"), []),
        (BIRD.replace('"eth0"', '-"eth1", "*"'), []),
        (BIRD.replace('"eth0"', "UPLINK"), []),
        ('router id 10.0.0.2; include "/etc/bird/ospf.conf";', []),
        (BIRD.replace("hello 1;", "hello HELLO;"), []),
        (BIRD.replace("hello 1;", "hello 2;"), ["ospf-timers"]),
        (BIRD.replace("area 0", "area BACKBONE"), []),
        (BIRD.replace("area 0", "area 1"), ["ospf-area"]),
    ],
)
def test_of_bird_only_what_is_understood_is_compared(text, names):
    """Regression: ports by prefix or by a negated pattern, and values by name (define), were told as missing or different."""
    assert of_bird_end(text) == names


def test_authentication_in_two_languages_is_not_compared_by_its_words():
    with_key = FRR.replace("area 0\n", "area 0\n ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key x\n")
    same = BIRD.replace("hello 1;", "hello 1; authentication cryptographic;")
    assert of_bird_end(same, with_key) == []
    assert of_bird_end(BIRD, with_key) == ["ospf-auth"]


def test_two_ends_of_bird_accept_different_mtus():
    lab = ad_hoc_lab("birds", [Node(name=n, kind=Kind.BIRD) for n in ("b1", "b2")], [cable("b1:eth0", "b2:eth0")])
    b1, b2 = (
        Seen(lab.nodes[name], ports={"eth0": Port("eth0", mtu=mtu)}, config=of_bird(BIRD))
        for name, mtu in (("b1", 1500), ("b2", 1400))
    )
    assert (
        list(ospf3_adjacency.why(Network(lab, {"b1": b1, "b2": b2}), b1, b1.ports["eth0"], b2, b2.ports["eth0"])) == []
    )
    assert of_bird_end(BIRD, mtu=1400) == ["mtu"]


def test_the_command_shows_the_router_id_and_the_mtu():
    """Regression: the state of an interface tells neither the router ID, nor in BIRD the MTU."""
    frr = FRR.replace("router ospf6\n", "router ospf6\n ospf6 router-id 10.0.0.2\n")
    [found] = causes_of_bird_end(f"router id 10.0.0.2; {BIRD}", frr)
    assert str(found.text).endswith("To see it, on b2: cat /etc/bird/bird.conf")
    [found] = causes_of_bird_end(BIRD, mtu=1400)
    assert str(found.text).endswith("To see it, on b2: ip link show eth0")
