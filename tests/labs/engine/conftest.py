"""Recorded answers of real daemons, one node of each kind, and a lab with a mutant and an exception."""

from pathlib import Path

import pytest

from labs.engine.authoring.parse import load_lab
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


PROVEN = """\
mutants:
  - id: no-forwarding
    title: r1 is a host
    changes:
      - {on: r1, line: ipv6 forwarding, becomes: [no ipv6 forwarding, ip forwarding]}
    also: {r1: [ip link set eth0 down]}
    fails: [loopback]
unnoticed:
  - {on: r1, line: ipv6 forwarding, reason: Nobody is behind it.}
"""
PROVEN_SOLUTION = (
    "# typed\n\nip addr add 2001:db8:ff::1/128 dev lo\nvtysh\nconfigure terminal\nipv6 forwarding\nend\nexit\n"
)


@pytest.fixture
def proven(lab_folder):
    """A lab folder with a mutant and an exception."""
    (lab_folder / "solution/r1.sh").write_text(PROVEN_SOLUTION)
    (lab_folder / "lab.yaml").write_text((lab_folder / "lab.yaml").read_text() + PROVEN)
    return lab_folder


@pytest.fixture
def lab(proven):
    return load_lab(proven)
