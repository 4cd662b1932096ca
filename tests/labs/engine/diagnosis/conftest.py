"""Fixtures of all tests of diagnoses."""

import pytest

from labs.engine.diagnosis import deadline


@pytest.fixture(autouse=True)
def _the_machine_may_be_busy(monkeypatch):
    """A test waits for its answers, however busy the machine is. Those of the deadline have deadlines of their own."""
    monkeypatch.setattr(deadline, "SECONDS", 60.0)
    monkeypatch.setattr(deadline, "PATIENCE", 60.0)
