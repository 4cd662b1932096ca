"""A check that passes in a network in which nothing works must have a check that shows that it works."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.authoring import absence, parse
from labs.engine.authoring.catalog import lab_folders
from labs.engine.authoring.parse import load_lab

TEMPLATES = Path(parse.__file__).parent / "templates"
BY_ABSENCE = [
    ("fib.get", {"to": "2001:db8::1", "present": False}),
    ("net.no_loops", {"to": ["2001:db8::1"]}),
    ("bgp.route", {"prefix": "2001:db8::/32", "present": False}),
    ("bgp.table_size", {"prefixes": "<5"}),
    ("ospf6.neighbor", {"interface": "eth0", "count": 0}),
    ("fib.no_static", {}),
    ("config.absent", {"daemon": "bgpd", "lines": ["no bgp ebgp-requires-policy"]}),
    ("process.running", {"names": {"none": ["dnsmasq"]}}),
    ("capture.count", {"interface": "eth0", "filter": "icmp6", "packets": 0}),
]
BY_ITSELF = [
    ("bgp.only", {"neighbor_as": 64500, "prefixes": ["2001:db8::/32"]}),
    ("bgp.no_transit", {"from_as": 64500, "customers": [64501]}),
    ("fib.route", {"prefix": "2001:db8::/32", "via": {"none": ["2001:db8::1"]}}),
    ("bgp.route", {"prefix": "2001:db8::/32", "community": {"none": ["65000:1"]}}),
    ("path.trace", {"to": "2001:db8::1", "hops": {"none": ["2001:db8::2"]}}),
    ("ping", {"to": "2001:db8::1"}),
]


def with_check(folder, kind, expect, **more):
    """Return the lab with its second check made one of this kind; the first one is loopback."""
    lab = load_lab(folder)
    [stage] = lab.stages
    first, second, *rest = stage.checks
    second = replace(second, type=kind, expect=expect, needs=(), control=(), **more)
    return replace(lab, stages=(replace(stage, checks=(first, second, *rest)),))


@pytest.mark.parametrize(("kind", "expect"), BY_ABSENCE)
def test_a_check_that_passes_by_absence_needs_a_control(kind, expect, lab_folder):
    [error] = absence.mistakes(with_check(lab_folder, kind, expect))
    assert error.message.startswith("reach says that something is absent")
    assert (lab_folder / "lab.yaml").read_text().splitlines()[error.line - 1].strip() == "- id: reach"


@pytest.mark.parametrize("key", ["control", "needs"])
def test_a_check_that_shows_that_the_network_works_is_enough(key, lab_folder):
    kind, expect = BY_ABSENCE[0]
    lab = with_check(lab_folder, kind, expect)
    [stage] = lab.stages
    first, second, *rest = stage.checks
    stage = replace(stage, checks=(first, replace(second, **{key: ("loopback",)}), *rest))
    assert absence.mistakes(replace(lab, stages=(stage,))) == []


def test_a_control_that_passes_by_absence_too_is_none(lab_folder):
    lab = with_check(lab_folder, *BY_ABSENCE[0])
    [stage] = lab.stages
    first, second, *rest = stage.checks
    first = replace(first, type="fib.no_static", expect={}, needs=(), control=())
    stage = replace(stage, checks=(first, replace(second, control=("loopback",)), *rest))
    assert len(absence.mistakes(replace(lab, stages=(stage,)))) == 2


@pytest.mark.parametrize(("kind", "expect"), BY_ITSELF)
def test_a_check_for_which_something_must_be_there_needs_none(kind, expect, lab_folder):
    assert absence.mistakes(with_check(lab_folder, kind, expect)) == []


def test_the_templates_have_their_controls():
    labs = [load_lab(folder) for folder in lab_folders(TEMPLATES)]
    assert labs
    assert [error for lab in labs for error in absence.mistakes(lab)] == []
