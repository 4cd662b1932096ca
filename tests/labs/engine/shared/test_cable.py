"""The state of a cable, and the changes of it that are possible."""

import pytest

from labs.engine.shared.cable import LEAST_RATE, MOST_DELAY, MOST_RATE, PLAIN, Cable


def test_a_change_leaves_the_rest_as_it_was():
    cable = PLAIN.changed({"up": False}).changed({"rate": 1000, "loss": 2.345})
    assert cable == Cable(up=False, rate=1000, loss=2.35)
    assert cable.changed({"rate": 0, "loss": 0, "up": True}) == PLAIN


def test_a_cable_that_is_only_unplugged_limits_nothing():
    assert not Cable(up=False).is_worse
    assert not Cable(up=False).is_plain
    assert Cable(delay=1).is_worse
    assert PLAIN.is_plain


@pytest.mark.parametrize(
    "action",
    [
        {"rate": LEAST_RATE - 1}, {"rate": MOST_RATE + 1}, {"rate": 1000.5}, {"rate": "1000"}, {"rate": True},
        {"delay": -1}, {"delay": MOST_DELAY + 1}, {"loss": 101}, {"loss": -0.1}, {"loss": "1"}, {"loss": False},
        {"loss": float("nan")},
    ],
)  # fmt: skip
def test_a_value_that_is_not_possible_is_refused_with_a_sentence(action):
    with pytest.raises(ValueError, match=r"A cable's .* is a .* from .* to "):
        PLAIN.changed(action)


def test_what_is_sent_is_what_a_cable_is_made_of():
    assert Cable(**Cable(rate=64, delay=300, loss=1).as_json()) == Cable(rate=64, delay=300, loss=1)
