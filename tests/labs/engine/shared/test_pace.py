import pytest

from labs.engine.shared import pace


@pytest.mark.parametrize(
    ("told", "factor"),
    [("", 1), ("1", 1), ("0.5", 1), ("7.5", 7.5), ("900", pace.MOST), ("slow", 1), ("nan", 1), ("inf", 1)],
)
def test_limits_are_longer_on_a_slow_machine_and_never_shorter(monkeypatch, told, factor):
    monkeypatch.setenv(pace.VARIABLE, told)
    assert pace.factor() == factor
    assert pace.seconds(10) == 10 * factor


def test_a_machine_that_was_never_measured_keeps_the_limits(monkeypatch):
    monkeypatch.delenv(pace.VARIABLE, raising=False)
    assert pace.seconds(10) == 10
