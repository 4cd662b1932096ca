"""A fact whose ask was not answered is not known: it is no difference from the solved network."""

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.node_state import Network
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.diagnosis import known_state
from labs.engine.state.facts import Section, differences

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
