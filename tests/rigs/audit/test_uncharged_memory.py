"""Attempts at uncharged memory: a node that was ended held nothing."""

from types import SimpleNamespace

import pytest

from rigs.audit import uncharged_memory


def scene(**node):
    """An attacked lab whose script prints nothing."""
    use = {"nodes": {"h1": {"up": False, "kernel_memory": False, **node}}, "ended": 3}
    return SimpleNamespace(client=SimpleNamespace(resource_use=lambda: use, ask=lambda asks: [{"text": ""}]))


@pytest.mark.parametrize(
    ("kernel_memory", "by"), [(True, "by the guard"), (False, "(3 programs ended for lack of memory)")]
)
def test_a_node_that_was_ended_before_its_script_said_anything_has_refused_it(kernel_memory, by):
    outcome = uncharged_memory.held()(scene(kernel_memory=kernel_memory), "")
    assert (outcome.through, outcome.said) == (False, f"the node was ended {by}")


def test_a_request_that_the_kernel_refuses_holds_nothing(monkeypatch):
    lab = scene(up=True)
    lab.client.ask = lambda asks: [{"text": "HELD 0\n"}]
    outcome = uncharged_memory.is_ended(lab, "")
    assert (outcome.through, outcome.said) == (False, "the kernel gave it nothing")


def test_a_script_that_says_nothing_in_a_node_that_runs_has_come_through(monkeypatch):
    monkeypatch.setattr(uncharged_memory, "SCRIPT_SECONDS", 0.2)
    outcome = uncharged_memory.held()(scene(up=True), "")
    assert (outcome.through, outcome.said) == (True, "the script printed nothing")
