"""The guard: when it weighs a lab, and which node it ends."""

import asyncio

import pytest

from labs.supervisor import guard


class Lab:
    def __init__(self, **held):
        self.held = held

    def names(self):
        return list(self.held)

    def space(self, name):
        return self.held[name]


@pytest.fixture
def weighed(monkeypatch):
    def weigh(held):
        if isinstance(held, Exception):
            raise held
        return held

    monkeypatch.setattr(guard, "weigh", weigh)


@pytest.mark.parametrize(
    ("held", "ended"),
    [
        ({}, ""),
        ({"h1": guard.MOST}, ""),
        ({"h1": guard.MOST + 1}, "h1"),
        ({"h1": guard.MOST // 2, "h2": guard.MOST // 2 + 1}, "h2"),
        ({"h1": 1, "h2": ProcessLookupError(), "h3": guard.MOST}, "h3"),
        ({"h1": FileNotFoundError()}, ""),
        ({"h1": ValueError(), "h2": guard.MOST + 1}, "h2"),
    ],
)
def test_the_node_that_holds_most_is_chosen_when_all_together_hold_too_much(weighed, held, ended):
    assert guard.too_much(guard.held_by_nodes(Lab(**held))) == ended


@pytest.mark.parametrize(
    ("held", "milliseconds"),
    [({}, 30), ({"h1": guard.MOST // 4, "h2": guard.MOST // 4}, 15), ({"h1": guard.MOST + 1}, 0)],
)
def test_the_more_a_lab_holds_the_sooner_it_is_weighed_again(held, milliseconds):
    assert guard.enough_cpu(held) / 1e6 == pytest.approx(milliseconds, rel=0.01)


def test_a_lab_is_weighed_again_once_it_has_used_the_cpu_to_hold_too_much(monkeypatch):
    """A lab that converges uses CPU for half a minute; weighing it twice a second would cost as much as a tenth of a core."""
    cpu = iter([5e6, 6e6, 34e6, 36e6, 64e6, 68e6])
    seen = []

    def used():
        try:
            now = next(cpu)
        except StopIteration:
            raise asyncio.CancelledError from None
        seen.append(now)
        return now

    def held_by_nodes(lab):
        weighings.append(seen[-1])
        return {"r1": 0}

    weighings = []
    monkeypatch.setattr(guard, "TICK", 0)
    monkeypatch.setattr(guard, "used_cpu", used)
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(), lambda name: None))
    assert weighings == [5e6, 36e6, 68e6]
