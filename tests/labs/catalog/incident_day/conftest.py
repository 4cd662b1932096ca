"""The program of the desk of incident-day, and a world for it."""

import sys
import types

import pytest

from tests.labs.catalog.incident_day.world import HALVES, HIJACK, World, text_of


@pytest.fixture(scope="module")
def desk():
    module = types.ModuleType("desk")
    sys.modules["desk"] = module  # dataclasses look there
    exec(compile(text_of("desk", "/usr/local/sbin/desk"), "desk", "exec"), module.__dict__)
    yield module
    del sys.modules["desk"]


@pytest.fixture
def world(desk):
    return World(desk)


@pytest.fixture
def over(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    world.call(1, "AS64505", HIJACK)
    world.look(400)
    return one
