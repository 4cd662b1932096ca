"""The states of BGP sessions: established, stopped by a prefix limit, or disabled; and at which end the limit is."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.bgp_config import bgp_peer_config
from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.adapters.routing_state import BgpPeerState
from labs.engine.diagnosis import bgp_session, compared, diagnosis, known_state, seen_sentences, session_states
from labs.engine.state.facts import Section
from rigs.diagnose.frr_and_bird import BIRD, FRR
from tests.labs.engine.diagnosis.networks import RIGS, search

LAB = RIGS["mixed"].lab
HEAD = "Name       Proto      Table      State  Since         Info\n"
LIMITED = f"{HEAD}frr        BGP        ---        down   18:56:06.505  Automatic shutdown: Route limit exceeded"
DISABLED = f"{HEAD}frr        BGP        ---        down   18:56:06.505  "
OF_R1 = ipaddress.ip_address("2001:db8:23::1")
OF_B1 = ipaddress.ip_address("2001:db8:23::2")


def read(protocols, text=BIRD):
    answers = {
        ("b1", node_state.PROTOCOLS): {"ok": True, "output": protocols},
        ("b1", node_state.STATUS): {"ok": True, "output": ""},
        ("b1", node_state.CONFIG): {"ok": True, "text": text},
    }
    return session_states.marked(node_state.read(LAB.nodes["b1"], answers), answers), answers


@pytest.mark.parametrize(("protocols", "is_off"), [(LIMITED, False), (DISABLED, True)])
def test_a_session_that_its_limit_has_stopped_is_not_told_as_disabled(protocols, is_off):
    """Regression: BIRD lists both as down. The learner enabled the session, and the limit stopped it again."""
    seen, answers = read(protocols)
    assert (bgp_peer_config(seen, {OF_R1}, 6).off, session_states.has_stopped(seen, "frr")) == (is_off, not is_off)
    network = Network(LAB, {"b1": seen})
    assert known_state.of(network, answers, {})["b1"][Section.DAEMONS] == ({"frr": "disabled"} if is_off else {})
    causes = [one.name for one in bgp_session.why_not_up(network, seen, OF_R1, None, 6)]
    assert ("bgp-shutdown" in causes) is is_off


@pytest.mark.parametrize(("protocols", "name"), [(LIMITED, "bgp-limit"), (DISABLED, "bgp-shutdown")])
def test_the_limit_of_bird_is_named_from_the_answers(protocols, name):
    def of(ask):
        if ask["ask"] == "file" and ask["node"] == "b1":
            return {
                "ok": True,
                "text": BIRD.replace("import all;\n    export where", "import limit 1;\n    export where"),
            }
        if ask["ask"] == "bird":
            text = {"show protocols": protocols, "show protocols all": protocols}.get(ask["command"], "")
            return {"ok": True, "output": text}
        return {"ok": False, "kind": "timeout"}

    [found] = diagnosis.run([search("mixed", "session")], lambda asks: [of(ask) for ask in asks])
    assert found.name == name


def ends(frr_limit, bird_limit, protocols):
    """Both ends of the session, with or without a limit."""
    frr_text = (
        FRR.replace(" activate\n", " activate\n  neighbor 2001:db8:23::2 maximum-prefix 1\n") if frr_limit else FRR
    )
    bird_text = (
        BIRD.replace("import all;\n    export where", "import limit 1;\n    export where") if bird_limit else BIRD
    )
    held = node_state.Held(ipaddress.ip_interface("2001:db8:23::1/64"))
    r1 = Seen(LAB.nodes["r1"], ports={"eth2": node_state.Port("eth2", held=(held,))}, config=of_frr(frr_text))
    b1, _answers = read(protocols, bird_text)
    return r1, b1


@pytest.mark.parametrize(
    ("frr_limit", "bird_limit", "protocols", "node"),
    [
        (True, False, DISABLED, "r1"),
        (True, True, DISABLED, "r1"),  # BIRD says that its own is not exceeded
        (True, True, LIMITED, "b1"),
        (False, True, LIMITED, "b1"),
        (False, True, DISABLED, None),
    ],
)
def test_the_end_whose_limit_closed_the_session_is_named(frr_limit, bird_limit, protocols, node):
    """Regression: with limits at both ends, the end of the check was blamed, whichever had closed the session."""
    r1, b1 = ends(frr_limit, bird_limit, protocols)
    state = BgpPeerState("Idle", "", over_limit=True)
    found = bgp_session._over_limit(r1, OF_B1, b1, 6, state)
    assert (found and (found.node, found.is_sure)) == (node and (node, True))


def test_the_limit_of_another_session_of_bird_explains_nothing():
    """Regression: BIRD answers for all its sessions at once. One over its limit was told of each that is down."""
    other = LIMITED.replace("frr    ", "upstream")
    r1, b1 = ends(True, True, other)
    state = BgpPeerState("Active", "", over_limit=True)
    assert bgp_session._over_limit(b1, OF_R1, r1, 6, state) is None


def test_of_two_limits_of_frr_the_solved_network_decides():
    """Regression: nothing was told then, though one of them had closed the session."""
    text = FRR.replace(" activate\n", " activate\n  neighbor 2001:db8:23::2 maximum-prefix 1\n")
    r1, _b1 = ends(True, False, DISABLED)
    theirs = text.replace("23::2", "23::1").replace("65003", "65001")
    r2 = Seen(replace(LAB.nodes["r1"], name="r2"), config=of_frr(theirs))
    found = bgp_session._over_limit(r1, OF_B1, r2, 6, BgpPeerState("Idle", "", over_limit=True))
    assert [(one.name, one.node, one.is_sure) for one in (found, *found.others)] == [
        ("bgp-limit", "r1", False),
        ("bgp-limit", "r2", False),
    ]
    network, block = Network(LAB, {"r1": r1, "r2": r2}), "router bgp 65001 / address-family ipv6 unicast"
    limit = {block: "neighbor 2001:db8:23::1 maximum-prefix {}"}
    live, model = (
        {"r2": {Section.CONFIG: {key: line.format(number) for key, line in limit.items()}}} for number in (1, 100)
    )
    assert compared.reconciled(found, None, network, live, model).node == "r2"
    assert compared.reconciled(found, None, network, live, live).name == ""
    told = str(seen_sentences.without_doubt(found).text)
    assert "A maximum number of prefixes closed the session. r1 has one for its peer 2001:db8:23::2." in told
    assert "r2 has one for its peer 2001:db8:23::1." in told


def test_the_instruction_names_the_protocol():
    def of(ask):
        if ask["ask"] == "file" and ask["node"] == "b1":
            return {"ok": True, "text": BIRD}
        if ask["ask"] == "bird" and ask["command"] == "show protocols":
            return {"ok": True, "output": f"{HEAD}inside     OSPF       master6    down   18:56:06.505  "}
        if ask["ask"] == "vty":
            return {"ok": True, "outputs": [FRR]}
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            return {"ok": True, "json": [{"ifname": "eth0", "flags": ["UP", "LOWER_UP"], "mtu": 1500, "addr_info": []}]}
        return {"ok": False, "kind": "timeout"}

    [found] = diagnosis.run([search("mixed", "ospf")], lambda asks: [of(ask) for ask in asks])
    assert found.name == "protocol-off"
    assert "type “birdc enable inside”" in str(found.text)


ALL = """BIRD 2.17 ready.
frr        BGP        ---        up     18:56:06.505  {state}
  BGP state:          {state}
    Neighbor address: 2001:db8:23::1
    Neighbor AS:      65001
"""
SUMMARY = '{"ipv6Unicast": {"peers": {"2001:db8:23::2": {"state": "%s"}}}}'


@pytest.mark.parametrize(("state", "is_up"), [("Established", True), ("Active", False), (None, None)])
@pytest.mark.parametrize(("node", "peer"), [("b1", OF_R1), ("r1", OF_B1)])
def test_both_daemons_say_which_sessions_are_established(node, peer, state, is_up):
    bird, frr = {"ok": True, "output": ALL.format(state=state)}, {"ok": True, "outputs": [SUMMARY % state]}
    late = {"ok": False, "kind": "timeout"}
    answer = late if state is None else bird if node == "b1" else frr
    [key] = session_states.asks(LAB.nodes[node])
    seen = session_states.marked(Seen(LAB.nodes[node]), {key: answer})
    assert session_states.is_established(seen, peer) is is_up
    again = session_states.with_states(seen, {key: late})
    assert session_states.is_established(again, peer) is is_up, "a late answer changes nothing"


def test_a_daemon_that_does_not_run_has_no_established_session():
    silent = Seen(LAB.nodes["r1"], silent=frozenset({"bgpd"}))
    assert session_states.is_established(silent, OF_B1) is False
