"""A BIRD that has not read its file: what a search reads there is not what runs."""

import pytest

from labs.engine.adapters import node_state
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis
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
