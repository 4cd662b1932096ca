"""Under a BGP session between loopbacks, and under a next hop, there is an interior routing protocol that may not run."""

import ipaddress
import json

import pytest

from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import ROUTES, Network, Seen
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import bgp_routes, bgp_session, diagnosis, igp_daemons, kernel_state
from labs.engine.diagnosis.causes import nearest
from rigs.diagnose.fault_network import cable

FAR = {6: "2001:db8:ff::2", 4: "192.0.2.2"}
PREFIX = "2001:db8:5::/48"
OF_FRR = f"router bgp 65001\n neighbor {FAR[6]} remote-as 65001\n neighbor {FAR[4]} remote-as 65001\nexit\n"
OF_BIRD = f"""
protocol ospf v3 inside {{ }}
protocol ospf v2 inside4 {{ }}
protocol babel mesh {{ }}
protocol bgp six {{ local as 65001; neighbor {FAR[6]} internal; }}
protocol bgp four {{ local as 65001; neighbor {FAR[4]} internal; }}
"""


def router(*, daemons=("bgpd",), silent=(), off=(), bird=""):
    kind = Kind.BIRD if bird or off else Kind.FRR
    config = of_bird(bird or OF_BIRD) if kind is Kind.BIRD else of_frr(OF_FRR)
    answered = frozenset({f"{ROUTES}4", f"{ROUTES}6", "bgpd"})
    node = Node(name="r1", kind=kind, daemons=daemons if kind is Kind.FRR else ())
    return Seen(node, config=config, answered=answered, silent=frozenset(silent), off=frozenset(off))


def two(seen):
    """The router and its neighbour, which answers nothing."""
    other = Node(name="r2", kind=Kind.FRR)
    lab = ad_hoc_lab("inside", [seen.node, other], [cable("r1:eth0", "r2:eth0")])
    return Network(lab, {"r1": seen, "r2": Seen(other)})


@pytest.mark.parametrize(
    ("seen", "version", "names"),
    [
        (router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"}), 6, [("ospf6d", True)]),
        (router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"}), 4, []),
        (router(daemons=("bgpd", "ospfd"), silent={"ospfd"}), 4, [("ospfd", True)]),
        (router(daemons=("bgpd", "isisd"), silent={"isisd"}), 4, [("isisd", True)]),
        (router(daemons=("bgpd", "isisd"), silent={"isisd"}), 6, [("isisd", True)]),
        (router(daemons=("bgpd", "isisd", "ospf6d"), silent={"isisd"}), 6, [("isisd", False)]),
        (router(daemons=("bgpd", "isisd"), silent={"bgpd"}), 6, []),
        (router(daemons=("bgpd", "bfdd"), silent={"bfdd"}), 6, []),
        (router(off={"inside"}), 6, [("inside", False)]),
        (router(off={"inside", "mesh"}), 6, [("inside", True), ("mesh", True)]),
        (router(off={"inside4"}), 6, []),
        (router(off={"inside4"}), 4, [("inside4", False)]),
        (router(off={"six"}), 6, []),
        (router(off={"n"}, bird="protocol rip ng n { }"), 6, [("n", True)]),
        (router(off={"n"}, bird="protocol rip ng n { }"), 4, []),
    ],
)
def test_an_interior_protocol_that_does_not_run(seen, version, names):
    found = list(igp_daemons.not_running(seen, version))
    assert [(next(one.text.sentences()).params["a"], one.is_sure) for one in found] == names


@pytest.mark.parametrize(
    ("seen", "version", "name"),
    [
        (router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"}), 6, "daemon-down"),
        (router(daemons=("bgpd", "ospfd"), silent={"ospfd"}), 4, "daemon-down"),
        (router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"}), 4, "bgp-no-route"),
        (router(off={"inside", "mesh"}), 6, "protocol-off"),
        (router(off={"inside4"}), 6, "bgp-no-route"),
    ],
)
def test_a_session_between_loopbacks_rests_on_an_interior_protocol(seen, version, name):
    """Regression: the missing route to the neighbour was told, and not the daemon that should bring it."""
    peer = ipaddress.ip_address(FAR[version])
    assert nearest(bgp_session.why_not_up(two(seen), seen, peer, None, version)).name == name


def test_the_interior_protocol_of_the_other_end_is_examined_too():
    far = router(daemons=("bgpd", "isisd"), silent={"isisd"})
    seen, peer = router(daemons=("bgpd", "isisd")), ipaddress.ip_address(FAR[6])
    assert nearest(bgp_session.why_not_up(two(seen), seen, peer, far, 6)).name == "daemon-down"


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"}), "daemon-down"),
        (router(daemons=("bgpd", "isisd"), silent={"isisd"}), "daemon-down"),
        (router(off={"inside", "mesh"}), "protocol-off"),
    ],
)
def test_a_route_of_bgp_in_the_kernel_rests_on_an_interior_protocol(seen, name):
    """Regression: a check of a route that BGP brings did not look at the daemons under its session."""
    check = TYPES["fib.route"].parse({"prefix": PREFIX, "protocol": "bgp"})
    network = two(seen)
    [found] = diagnosis.run([kernel_state.search(network, seen.node, check)], lambda asks: [None for _ask in asks])
    # With two sessions there are two candidates.
    assert name in [one.name for one in (found, *found.others)]


NEXT_HOP = {"ip": FAR[6], "afi": "ipv6", "accessible": False, "used": True}
FRR_SAYS = {"prefix": PREFIX, "paths": [{"aspath": {"string": ""}, "nexthops": [NEXT_HOP]}]}
BIRD_SAYS = f"""BIRD 2.17 ready.
Table master6:
{PREFIX}    unreachable [six 18:56:06.505 from {FAR[6]}] * (100) [i]
\tBGP.origin: IGP
\tBGP.as_path:
\tBGP.next_hop: {FAR[6]}
\tBGP.local_pref: 100
"""


@pytest.mark.parametrize(
    ("seen", "answer", "name"),
    [
        (router(daemons=("bgpd", "isisd"), silent={"isisd"}), {"outputs": [json.dumps(FRR_SAYS)]}, "daemon-down"),
        (router(daemons=("bgpd", "isisd")), {"outputs": [json.dumps(FRR_SAYS)]}, "bgp-next-hop"),
        (router(off={"inside", "mesh"}), {"output": BIRD_SAYS}, "protocol-off"),
        (router(bird=OF_BIRD), {"output": BIRD_SAYS}, "bgp-next-hop"),
    ],
)
def test_a_next_hop_rests_on_an_interior_protocol(seen, answer, name):
    """Regression: a route without a way to its next hop was told as that, and of BIRD not at all."""
    said = {"ok": True} | answer
    assert nearest(bgp_routes._unused(seen, ipaddress.ip_network(PREFIX), said)).name == name


def test_packets_without_a_route_rest_on_an_interior_protocol():
    seen = router(daemons=("bgpd", "ospf6d"), silent={"ospf6d"})
    check = TYPES["ping"].parse({"to": FAR[6]})
    network = two(seen)
    one = diagnosis.diagnosis_for(check, seen.node, {})
    [found] = diagnosis.run([one(network)], lambda asks: [None for _ask in asks])
    assert (found.name, found.is_sure) == ("daemon-down", True)
