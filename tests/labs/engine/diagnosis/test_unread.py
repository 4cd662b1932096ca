"""A BIRD that has not read its file: what a search reads there is not what runs."""

import pytest

from labs.engine.adapters import node_state
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis
from labs.engine.state.facts import Section
from rigs.diagnose.fault_network import cable
from tests.labs.engine.diagnosis.networks import RIGS, search

STATUS = "BIRD 2.17\nLast reboot on 2026-11-27 18:56:06.505\nLast reconfiguration on 2026-11-27 18:56:06.505"
READ = 1795805766.505  # the same moment


@pytest.mark.parametrize(
    ("changed", "unread"), [(READ - 5, False), (READ + 0.5, False), (READ + 60, True), (None, False), ("x", False)]
)
def test_a_file_that_is_newer_than_the_last_reconfiguration_was_not_read(changed, unread):
    bird = Node(name="b1", kind=Kind.BIRD)
    file = {"ok": True, "text": "", "changed": changed}
    answers = {("b1", "config"): file, ("b1", "status"): {"ok": True, "output": STATUS}}
    assert node_state.read(bird, answers).unread is unread


@pytest.mark.parametrize("status", ["", "Last reconfiguration on 9999-99-99 99:99:99", "Last reconfiguration on soon"])
def test_any_other_status_says_nothing(status):
    answers = {("b1", "config"): {"ok": True, "changed": 2e9}, ("b1", "status"): {"ok": True, "output": status}}
    assert node_state.read(Node(name="b1", kind=Kind.BIRD), answers).unread is False


def test_the_learner_is_told_that_birdc_configure_was_refused_or_not_typed():
    bird = next(node.name for node in RIGS["mixed"].lab.nodes.values() if node.kind is Kind.BIRD)

    def of(ask):
        if ask["ask"] == "file" and ask["node"] == bird:
            return {"ok": True, "exists": True, "text": "protocol bgp {", "changed": READ + 60}
        if ask["ask"] == "bird" and ask["command"] == "show status":
            return {"ok": True, "output": STATUS}
        return {"ok": False, "kind": "timeout"}

    [found] = diagnosis.run([search("mixed", "in")], lambda asks: [of(ask) for ask in asks])
    assert "has changed since BIRD read it" in str(found.text)
    assert "birdc configure check" in str(found.text)


AROUND = ad_hoc_lab(
    "around",
    [Node(name=name, kind=Kind.HOST) for name in ("h1", "r1", "h2")]
    + [Node(name="b1", kind=Kind.BIRD), Node(name="b2", kind=Kind.BIRD, learner=False)],
    [
        cable("h1:eth0", "r1:eth0", "2001:db8:1::10/64", "2001:db8:1::1/64"),
        cable("r1:eth1", "b2:eth0", "2001:db8:2::1/64", "2001:db8:2::2/64"),
        cable("b2:eth1", "h2:eth0", "2001:db8:3::1/64", "2001:db8:3::10/64"),
        cable("r1:eth2", "b1:eth0", "2001:db8:4::1/64", "2001:db8:4::2/64"),
    ],
)
SOLVED = {
    name: {
        Section.INTERFACES: {f"{end.name} addresses": "\n".join(end.addresses) for end in AROUND.interfaces(name)},
        Section.ROUTES: {"2001:db8:3::/64": f"static via {via} dev {dev}" if via else f"kernel dev {dev}"},
    }
    for name, via, dev in (
        ("h1", "2001:db8:1::1", "eth0"),
        ("r1", "2001:db8:2::2", "eth1"),
        ("b2", "", "eth1"),
        ("h2", "", "eth0"),
    )
}


def around(*unread):
    """Return what is told of a ping through r1 and b2, where nothing answers but these BIRDs, which have not read their files."""

    def of(ask):
        if ask["ask"] == "file" and ask["node"] in unread:
            return {"ok": True, "exists": True, "text": "protocol bgp {", "changed": READ + 60}
        if ask["ask"] == "bird" and ask["command"] == "show status":
            return {"ok": True, "output": STATUS}
        return {"ok": False, "kind": "timeout"}

    ping = TYPES["ping"].parse({"to": "2001:db8:3::10"})
    wanted = diagnosis.search(ping, AROUND.nodes["h1"], AROUND, model=SOLVED)
    [found] = diagnosis.run([wanted], lambda asks: [of(ask) for ask in asks])
    return found


def test_a_bird_beside_the_way_of_the_packets_is_only_seen():
    """Regression: any BIRD near a check that failed was named as its cause when its file was newer, whatever was wrong."""
    found = around("b1")
    assert found.name == ""
    assert "b1 has changed since BIRD read it" in str(found.text)


def test_the_bird_on_the_way_is_told_and_not_the_one_beside_it():
    found = around("b1", "b2")
    assert found.name == "bird-unread"
    assert "on b2 has changed since BIRD read it" in str(found.text)
    assert "b1" not in str(found.text)
    # The learner cannot type on b2.
    assert "birdc configure check" not in str(found.text)
