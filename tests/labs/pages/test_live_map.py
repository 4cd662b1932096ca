"""The live map of a class lab: routes there and back, invalid routes, route leaks, and what the route server drops."""

from dataclasses import replace
from ipaddress import IPv6Network

import pytest
from django.conf import settings
from django.core.cache import cache

from labs.engine.adapters.routing_state import RpkiVrp
from labs.engine.authoring.parse import load_lab
from labs.lifecycle import lab_access
from labs.pages import live_map
from labs.pages.live_map import Route
from labs.registry import versions
from tests.labs.fakes import AnsweringLab

A, B, C = 64496, 64497, 64510
ROAS = [
    RpkiVrp(IPv6Network(net), asn, 32) for asn, net in ((A, "3fff:1::/32"), (B, "3fff:2::/32"), (C, "3fff:510::/32"))
]
NAMES = {A: "r1", B: "r2", C: "member"}


def to(prefix, *path):
    return Route(IPv6Network(prefix), path)


OF_A, OF_B, OF_C = to("3fff:1::/32", A), to("3fff:2::/32", B), to("3fff:510::/32", C)


def kinds(tables, dropped=()):
    found = live_map.make(NAMES, ROAS, tables=tables, up=set(NAMES), dropped=dict(dropped))
    return {row.asn: [cell.kind for cell in row.cells] for row in found.rows}


def test_two_networks_reach_each_other_if_each_has_a_route_to_the_other():
    found = kinds({A: [OF_B], B: [OF_A, OF_C], C: []})
    assert found == {A: ["self", "both", "none"], B: ["both", "self", "oneway"], C: ["none", "none", "self"]}


def test_pairs_are_counted_once():
    found = live_map.make(NAMES, ROAS, tables={A: [OF_B, OF_C], B: [OF_A], C: [OF_A]}, up=None, dropped={})
    assert (found.reached, found.pairs) == (2, 3)


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        (to("3fff:2::/32", C), "invalid"),
        (to("3fff:2:1::/48", B), "invalid"),
        (to("3fff:2::/32", C, B), "leak"),
        (to("3fff:2::/32", B, B), "both"),
    ],
    ids=["another origin", "longer than the ROA allows", "passed on by a peer", "prepended"],
)
def test_a_route_is_judged_by_its_roa_and_its_path(route, kind):
    assert kinds({A: [route], B: [OF_A], C: []})[A][1] == kind


def test_what_could_not_be_read_is_no_fault_of_anybody():
    found = kinds({A: [OF_B], B: None, C: []})
    assert found[B] == ["unknown", "self", "unknown"]
    assert found[A][1] == "both", "the way back is not known, so it is not denied"


def test_what_the_route_server_drops_is_named_with_its_kind():
    sent = [to("3fff:510:bad::/48", A), to("3fff:2::/32", A, B), *(to(f"fd00:{n}::/48", A) for n in range(4))]
    row = live_map.make(NAMES, ROAS, tables={asn: [] for asn in NAMES}, up={A}, dropped={A: sent}).rows[0]
    assert [kind for _route, kind in row.dropped] == ["invalid", "leak", "other", "other"]
    assert row.more == 2
    assert row.is_up


def test_a_large_map_names_one_dropped_route_of_a_network_and_counts_the_others():
    sent = [to(f"fd00:{n}::/48", A) for n in range(6)]
    small = live_map.make(NAMES, ROAS, tables={asn: [] for asn in NAMES}, up={A}, dropped={A: sent})
    large = live_map.LiveMap([*small.rows, *small.rows * 6])
    assert [(len(named), more) for _row, named, more in small.shown_dropped()] == [(4, 2), (0, 0), (0, 0)]
    assert [(len(named), more) for _row, named, more in large.shown_dropped()][:3] == [(1, 5), (0, 0), (0, 0)]


@pytest.fixture
def exchange():
    return load_lab(settings.LAB_CATALOG / "exchange-day")


@pytest.fixture
def shared(requested, exchange, monkeypatch):
    cache.clear()
    monkeypatch.setattr(versions, "of", lambda session: exchange)
    return requested


@pytest.mark.django_db
def test_the_exchange_has_26_networks_and_is_asked_once_for_several_pages(shared, monkeypatch):
    lab = AnsweringLab({"output": ["what is this?"]})
    monkeypatch.setattr(lab_access, "client_of", lambda session: lab)
    found = live_map.of(shared)
    assert [row.asn for row in found.rows] == [*range(64496, 64508), 64509, 64510, *range(65536, 65548)]
    asked = len(lab.asked)
    assert asked == 27, "26 tables, and the sessions of the route server"
    assert live_map.of(shared) == found
    assert len(lab.asked) == asked


@pytest.mark.django_db
def test_a_lab_that_does_not_answer_and_a_lab_without_roas_have_no_map(shared, exchange, monkeypatch):
    monkeypatch.setattr(lab_access, "client_of", lambda session: AnsweringLab())
    with pytest.raises(live_map.NoMap):
        live_map.of(shared)
    bare = {name: replace(node, files=()) for name, node in exchange.nodes.items()}
    assert not live_map.has_map(replace(exchange, nodes=bare))
    assert not live_map.has_map(load_lab(settings.LAB_CATALOG / "rov-hijacker")), (
        "it is for one person, and not all are peers"
    )
