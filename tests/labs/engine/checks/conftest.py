"""Recorded answers, in the form in which the supervisor sends them."""

import json

import pytest


@pytest.fixture
def vty(recorded):
    return lambda name: {"outputs": [recorded(f"frr-10.3-{name}.json")]}


@pytest.fixture
def bird(recorded):
    return lambda name: {"output": recorded(f"bird-2.17-{name}.txt")}


@pytest.fixture
def ip(recorded):
    return lambda name: {"json": json.loads(recorded(f"iproute2-6.15-{name}.json"))}
