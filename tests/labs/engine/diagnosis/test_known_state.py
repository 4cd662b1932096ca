"""A fact whose ask was not answered is not known: it is no difference from the solved network."""

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.diagnosis import diagnosis, known_state
from labs.engine.state.facts import Section, differences
from tests.labs.engine.diagnosis.networks import answers, bgp_answers, search

FORWARDS = "net.ipv6.conf.all.forwarding"
WEB, DNS = "/etc/web.conf", "/etc/dns.conf"
LAB = ad_hoc_lab(
    "late",
    [
        Node(name="b1", kind=Kind.BIRD),
        Node(
            name="srv",
            kind=Kind.HOST,
            files=tuple(StartFile(path=path, content=b"", executable=False) for path in (WEB, DNS)),
        ),
    ],
    [],
)
MODEL = {
    "b1": {
        Section.CONFIG: {"": "router id 10.0.0.1"},
        Section.DAEMONS: {"spare": "disabled"},
        Section.SETTINGS: {FORWARDS: "1", "net.ipv4.ip_forward": "1"},
    },
    "srv": {Section.FILES: {WEB: "listen 80", DNS: "zone example"}},
}
STATUS = {"ok": True, "output": "BIRD 2.17\nLast reconfiguration on 2026-11-27 18:56:06.505"}
ANSWERS = {
    ("b1", node_state.CONFIG): {"ok": True, "text": "router id 10.0.0.9;", "changed": 1.0},
    ("b1", node_state.STATUS): STATUS,
    ("b1", node_state.PROTOCOLS): {"ok": True, "output": ""},
    ("b1", FORWARDS): {"ok": True, "value": "0"},
    ("b1", "net.ipv4.ip_forward"): {"ok": True, "value": "1"},
    ("srv", node_state.FILE + WEB): {"ok": True, "text": "listen 81"},
    ("srv", node_state.FILE + DNS): {"ok": True, "exists": False, "text": ""},
}


def differing(late=()):
    """Return the node and the section, or the key in it, of each difference; ``late`` are the asks without an answer."""
    answers = {key: {"ok": False, "kind": "timeout"} if key in late else answer for key, answer in ANSWERS.items()}
    network = Network(LAB, {name: node_state.read(node, answers) for name, node in LAB.nodes.items()})
    live = known_state.of(network, answers, MODEL)
    return {
        f"{node} {one.key or section}"
        for node in MODEL
        for section in Section
        for one in differences(live, MODEL, node, section)
    }


def test_what_was_answered_differs():
    assert differing() == {"b1 config", "b1 spare", f"b1 {FORWARDS}", f"srv {WEB}", f"srv {DNS}"}


@pytest.mark.parametrize(
    ("late", "unknown"),
    [
        (("b1", node_state.PROTOCOLS), {"b1 spare"}),
        # Whether the file is what runs is not known either.
        (("b1", node_state.STATUS), {"b1 spare", "b1 config"}),
        (("b1", FORWARDS), {f"b1 {FORWARDS}"}),
        (("srv", node_state.FILE + WEB), {f"srv {WEB}"}),
    ],
)
def test_a_late_answer_is_no_difference(late, unknown):
    """Regression: “cheap6 does not run on farm” was told because nobody had said which protocols are disabled there."""
    assert differing() - differing([late]) == unknown


def is_late(node, daemon):
    """A daemon of one router of the pair does not answer in time; everything else is as it should be."""

    def of(ask):
        if ask["ask"] == "vty" and (ask["node"], ask["daemon"]) == (node, daemon):
            return {"ok": False, "kind": "timeout"}
        return None

    return of


@pytest.mark.parametrize("node", ["r1", "r2"])
def test_a_late_daemon_of_ospf_is_not_one_without_configuration(node):
    """Regression: “OSPFv3 is not enabled” was told while ospf6d had not answered yet. Both ends were told to match, too."""
    [found] = diagnosis.run([search("pair", "ospf")], answers(is_late(node, "ospf6d")))
    assert found is None or (found.name == "" and "match" not in str(found.text))


@pytest.mark.parametrize("node", ["r1", "r2"])
def test_a_late_daemon_of_bgp_is_not_one_without_neighbours(node):
    late, right = is_late(node, "bgpd"), bgp_answers()

    def of(ask):
        if ask["ask"] == "vty" and ask["daemon"] != "bgpd":
            return {"ok": True, "outputs": ["hostname r\n"]}
        return late(ask) or right([ask])[0]

    def ask_all(asks):
        return [of(ask) for ask in asks]

    [found] = diagnosis.run([search("pair", "bgp")], ask_all)
    assert found is None or not found.name


def test_without_the_answer_of_its_daemon_a_router_is_not_without_a_cache():
    def of(ask):
        if ask["ask"] == "vty" and ask["daemon"] != "bgpd":
            return {"ok": True, "outputs": ["hostname r1\n"]}
        return {"ok": False, "kind": "timeout"}

    [found] = diagnosis.run([search("mixed", "cache")], lambda asks: [of(ask) for ask in asks])
    assert found is None or not found.name


def test_what_a_daemon_has_not_answered_is_not_known_of_it():
    node = Node(name="r1", kind=Kind.FRR, daemons=("ospfd",))
    config = of_frr("hostname r1\n")
    assert known_state.knows_config(Seen(node, config=config, answered=frozenset({"zebra", "ospfd"})), "ospfd")
    assert not known_state.knows_config(Seen(node, config=config, answered=frozenset({"zebra"})), "ospfd")
    # The lab does not start this daemon.
    assert known_state.knows_config(Seen(node, config=config, answered=frozenset({"zebra"})), "bgpd")
    assert not known_state.knows_config(Seen(Node(name="b1", kind=Kind.BIRD)), "bgpd")
