"""Recorded answers of real daemons, and a lab folder to spoil."""

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


GOOD_LAB = """\
id: two-routers
title: Two routers
summary: Two routers learn to reach each other.
level: beginner
minutes: 20
nodes:
  r1:
    kind: frr
    daemons: [ospf6d]
  r2:
    kind: frr
  sw:
    kind: switch
  h1:
    kind: host
    learner: false
links:
  - a: {interface: "r1:eth0", addresses: ["2001:db8:1::1/64"]}
    b: {interface: "r2:eth0", addresses: ["2001:db8:1::2/64"]}
  - a: {interface: "r2:eth1", addresses: ["2001:db8:2::2/64"]}
    b: {interface: "sw:p1"}
  - a: {interface: "h1:eth0", addresses: ["2001:db8:2::10/64"]}
    b: {interface: "sw:p2"}
stages:
  - id: first
    title: The first stage
    checks:
      - id: loopback
        type: addr.present
        title: r1 has a loopback
        on: [r1]
        expect: {interface: lo, addresses: ["2001:db8:ff::1/128"]}
        points: 5
      - id: reach
        type: ping
        title: h1 reaches r1
        on: [h1]
        expect: {to: "2001:db8:1::1"}
        points: 5
        needs: [loopback]
"""


@pytest.fixture
def lab_folder(tmp_path):
    """A small lab without a mistake."""
    folder = tmp_path / "two-routers"
    (folder / "solution").mkdir(parents=True)
    (folder / "files/r1/etc").mkdir(parents=True)
    (folder / "lab.yaml").write_text(GOOD_LAB)
    (folder / "guide.md").write_text("Hello.\n\n## The first stage {#first}\n\nDo it.\n")
    (folder / "solution/r1.sh").write_text("# typed\n\nip addr add 2001:db8:ff::1/128 dev lo\n")
    (folder / "files/r1/etc/motd").write_text("Welcome.\n")
    return folder
