"""Recorded answers of real daemons, and one node of each kind."""

from pathlib import Path

import pytest

from labs.engine.definition.spec import Kind, Node

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def recorded():
    """Returns a text recorded from a real daemon."""
    return lambda name: (FIXTURES / name).read_text()


@pytest.fixture
def r1():
    return Node(name="r1", kind=Kind.FRR)


@pytest.fixture
def b1():
    return Node(name="b1", kind=Kind.BIRD)


@pytest.fixture
def h1():
    return Node(name="h1", kind=Kind.HOST)
