"""Two routers are not neighbours in OSPFv2 or IS-IS: the cause is found."""

import pytest

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis, igp_adjacency
from labs.engine.diagnosis.causes import CAUSES
from rigs.diagnose.fault_network import cable
from tests.labs.engine.checks.judging import judge
from tests.labs.engine.diagnosis.networks import match, nft

LAB = ad_hoc_lab("faults", [Node(name=f"r{i}", kind=Kind.FRR) for i in (1, 2)], [cable("r1:eth0", "r2:eth0")])
RIGHT = (
    "interface eth0\n ip ospf area 0\n ip ospf hello-interval 1\n ip ospf dead-interval 4\nexit\nrouter ospf\nexit\n"
)


def named(type_, text=RIGHT, port=None, **r2):
    """The cause where r2 is so, and r1 as it should be."""
    good = {"ports": {"eth0": Port("eth0")}, "config": of_frr(RIGHT)}
    bad = good | {"ports": {"eth0": port or Port("eth0")}, "config": of_frr(text), **r2}
    network = Network(LAB, {"r1": Seen(LAB.nodes["r1"], **good), "r2": Seen(LAB.nodes["r2"], **bad)})
    check = TYPES[type_].parse({"interface": "eth0"})
    [found] = diagnosis.run([diagnosis.diagnosis_for(check, LAB.nodes["r1"], {})(network)], lambda asks: [])
    return found.name if found else None


@pytest.mark.parametrize("type_", ["ospf.neighbor", "isis.adjacency"])
def test_the_link_comes_first_and_ipv6_does_not_matter(type_):
    assert named(type_) is None
    assert named(type_, RIGHT.replace("area 0", "area 1"), Port("eth0", up=False)) == "link-down"
    assert named(type_, settings={"net.ipv6.conf.eth0.disable_ipv6": "1"}) is None
    assert named(type_, silent=frozenset({"ospfd", "isisd"})) == "daemon-down"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (RIGHT.replace("area 0", "area 1"), "ospf-area"),
        (RIGHT.replace("area 0", "area 0.0.0.0"), None),
        (RIGHT.replace("hello-interval 1", "hello-interval 2"), "ospf-timers"),
        (RIGHT.replace(" ip ospf area 0\n", " ip ospf area 0\n ip ospf passive\n"), "ospf-passive"),
        (RIGHT.replace(" ip ospf area 0\n", ""), "ospf2-not-on"),
        (
            RIGHT.replace(" ip ospf area 0\n", "").replace("router ospf\n", "router ospf\n network 0.0.0.0/0 area 0\n"),
            None,
        ),
    ],
)
def test_the_settings_of_both_ends_of_ospfv2_are_compared(text, name):
    assert named("ospf.neighbor", text) == name


def test_ospfd_takes_four_times_the_hello_interval():
    """Regression: without a dead interval it was told to be 40 seconds, whatever the hello interval is."""
    assert named("ospf.neighbor", RIGHT.replace(" ip ospf dead-interval 4\n", "")) is None
    assert named("ospf.neighbor", RIGHT.replace("dead-interval 4", "dead-interval 40")) == "ospf-timers"


def test_bird_takes_any_mtu():
    """Regression: BIRD only warns, and an end of FRR refuses only what is larger than its own."""
    lab = ad_hoc_lab(
        "mtu", [Node(name="r1", kind=Kind.FRR), Node(name="b2", kind=Kind.BIRD)], [cable("r1:eth0", "b2:eth0")]
    )
    for mtu, name in ((9000, "mtu"), (1400, None)):
        r1 = Seen(lab.nodes["r1"], ports={"eth0": Port("eth0")}, config=of_frr(RIGHT))
        b2 = Seen(lab.nodes["b2"], ports={"eth0": Port("eth0", mtu=mtu)})
        found = igp_adjacency.search(Network(lab, {"r1": r1, "b2": b2}), lab.nodes["r1"], "eth0", "ospfd")
        assert (found and found.name) == name


def test_with_which_of_several_routers_the_adjacency_should_be_is_not_guessed():
    """Regression: the first router on the link was taken for the neighbour, and what is wrong with it for the cause."""
    names = ("r1", "r2", "r3")
    lab = ad_hoc_lab(
        "lan",
        [*(Node(name=name, kind=Kind.FRR) for name in names), Node(name="sw", kind=Kind.SWITCH)],
        [cable(f"sw:p{name[1]}", f"{name}:eth0", "", "") for name in names],
    )

    def of(**texts):
        nodes = {n: Seen(lab.nodes[n], ports={"eth0": Port("eth0")}, config=of_frr(texts.get(n, RIGHT))) for n in names}
        found = igp_adjacency.search(Network(lab, nodes), lab.nodes["r1"], "eth0", "ospfd")
        return found and (found.name, found.is_sure)

    assert of() is None
    assert of(r2=RIGHT.replace("area 0", "area 7")) == ("ospf-area", False)
    passive = RIGHT.replace(" ip ospf area 0\n", " ip ospf area 0\n ip ospf passive\n")
    assert of(r1=passive) == ("ospf-passive", True)


def test_mtu_and_packet_filters_matter_for_ospfv2_and_not_for_isis():
    assert named("ospf.neighbor", port=Port("eth0", mtu=1400)) == "mtu"
    ignores = RIGHT.replace(" ip ospf area 0\n", " ip ospf area 0\n ip ospf mtu-ignore\n")
    assert named("ospf.neighbor", ignores, Port("eth0", mtu=1400)) is None
    drops = nft((match("l4proto", "ospf"), {"drop": None})).filters
    assert named("ospf.neighbor", filters=drops) == "ospf-filter"
    assert named("isis.adjacency", filters=drops) is None


def test_ospfv2_is_not_explained_as_ospfv3(r1):
    """Neither by the sentences of the check types, nor by the causes that are named for them."""
    said = [str(judge(kind, expect, r1, {"outputs": ["{}"]}).cause) for kind, expect in OF_OSPFV2.items()]
    said += [
        CAUSES[name] for name in ("ospf2-not-on", "ospf-passive", "ospf-area", "ospf-timers", "ospf-filter", "mtu")
    ]
    assert not [text for text in said if "OSPFv3" in text or "5340" in text]


OF_OSPFV2 = {
    "ospf.neighbor": {"interface": "eth0"},
    "ospf.interface": {"interface": "eth0"},
    "ospf.route": {"prefix": "10.0.0.0/8"},
    "ospf.lsdb": {"type": "router"},
}
