"""The peerings of a class lab: at the route server, bilateral, since when, and what a lab may say instead."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from django.conf import settings
from django.core.cache import cache

from labs.engine.adapters.routing_state import BgpSession
from labs.engine.authoring.parse import load_lab
from labs.lifecycle import lab_access
from labs.pages import live_map, peerings
from labs.registry import versions
from tests.labs.fakes import AnsweringLab

A, B, C = 64496, 64497, 65536
NAMES = {A: "r1", B: "r2", C: "r13"}
AT = {A: "2001:db8:ee::1", B: "2001:db8:ee::2", C: "2001:db8:ee::13"}
SERVER = "2001:db8:ee::f1"
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=20)


def session(peer, remote_as, state="Established", received=1.0, at=EARLIER):
    return BgpSession(ip_address(peer), state, float(remote_as), received, 1.0), at


def with_server(received=2.0):
    return session(SERVER, 64511, received=received)


def with_network(asn, *, state="Established", received=1.0):
    return session(AT[asn], asn, state, received, EARLIER if state == "Established" else None)


def made(told, at_server=()):
    found = peerings.make(
        NAMES, {asn: told.get(asn) for asn in NAMES}, at_server=at_server, server={ip_address(SERVER)}
    )
    return {member.asn: member for member in found.members}, found


def kinds(told, at_server=()):
    return {asn: [pair.kind for pair in member.pairs] for asn, member in made(told, at_server)[0].items()}


def test_networks_at_the_route_server_peer_by_it():
    at_server = [
        session(AT[A], A, received=1.0),
        session(AT[B], B, received=3.0),
        session(AT[C], C, "Active", None, None),
    ]
    members, found = made(
        {A: [with_server(25.0)], B: [with_server()], C: [session(SERVER, 64511, "Active", None, None)]}, at_server
    )
    assert [pair.kind for pair in members[A].pairs] == ["self", "server", "none"]
    assert (members[A].is_up, members[A].received, members[A].accepted, members[A].since) == (True, 25, 1, EARLIER)
    assert (members[B].received, members[B].accepted) == (2, 3)
    assert (members[C].is_up, members[C].received, members[C].accepted, members[C].since) == (False, None, None, None)
    assert (found.at_server, found.bilateral) == (2, 0)


def test_a_bilateral_session_has_its_routes_at_each_end_and_is_counted_once():
    members, found = made({A: [with_network(B, received=4.0)], B: [with_network(A, received=0.0)], C: []})
    [pair] = members[A].direct
    assert (pair.asn, pair.routes, pair.since) == (B, 4, EARLIER)
    assert [(pair.asn, pair.routes) for pair in members[B].direct] == [(A, 0)]
    assert found.bilateral == 1


def test_a_session_that_only_one_has_configured_says_who_waits_for_whom():
    found = kinds({A: [with_network(B, state="Active")], B: [], C: []})
    assert found == {A: ["self", "asked", "none"], B: ["wanted", "self", "none"], C: ["none", "none", "self"]}


def test_a_session_that_both_have_and_that_is_not_up_is_down():
    found = kinds({A: [with_network(B, state="Active")], B: [with_network(A, state="Connect")], C: []})
    assert (found[A][1], found[B][0]) == ("down", "down")


def test_of_two_sessions_with_one_network_the_one_that_is_up_counts():
    both = [with_network(B, state="Active"), session("2001:db8:ee::99", B)]
    assert kinds({A: both, B: [], C: []})[A][1] == "direct"


def test_what_one_end_does_not_say_the_other_end_may_know():
    members, found = made({A: None, B: [with_network(A)], C: []}, [session(AT[A], A)])
    assert [pair.kind for pair in members[A].pairs] == ["self", "direct", "unknown"]
    assert members[A].direct[0].routes is None
    assert (members[A].is_up, members[A].received, members[A].accepted) == (True, None, 1)
    assert members[B].direct[0].routes == 1
    assert found.bilateral == 1


def test_without_an_answer_of_both_ends_nothing_is_claimed():
    assert made({A: None, B: [], C: []}, None)[0][A].is_up is None
    assert made({A: None, B: [], C: []}, None)[0][B].is_up is False


# Since when

LAB = load_lab(settings.LAB_CATALOG / "exchange-day")
FRR, BIRD = LAB.nodes["r1"], LAB.nodes["rs"]


def of_frr(epoch):
    peers = {AT[B]: {"remoteAs": B, "state": "Established", "peerUptimeEstablishedEpoch": epoch}}
    return {"outputs": [json.dumps({"peers": peers})]}


def of_bird(clock, state="up"):
    lines = [
        "BIRD 2.17.6 ready.",
        "Name       Proto      Table      State  Since         Info",
        "device1    Device     ---        up     09:00:00.000",
        f"as64497    BGP        ---        {state:6} {clock}  Established",
        "  BGP state:          Established",
        f"    Neighbor address: {AT[B]}",
        "own        Static     master6    up     09:00:00.000",
    ]
    return {"output": "\n".join(lines)}


@pytest.mark.parametrize(
    ("node", "answer", "expected"),
    [
        (FRR, of_frr(EARLIER.timestamp()), EARLIER),
        (BIRD, of_bird("09:40:00.123"), EARLIER),
        (BIRD, of_bird("23:59:58.001"), datetime(2026, 11, 30, 23, 59, 58, tzinfo=UTC)),
    ],
    ids=["FRR", "BIRD", "BIRD, yesterday"],
)
def test_each_daemon_says_since_when_a_session_is_up(node, answer, expected):
    assert peerings.since(node, answer, NOW) == {ip_address(AT[B]): expected}


@pytest.mark.parametrize(
    ("node", "answer"),
    [
        (FRR, {}),
        (FRR, {"outputs": ["what is this?"]}),
        (FRR, {"outputs": ['{"peers": []}']}),
        (FRR, of_frr("soon")),
        (FRR, of_frr(NOW.timestamp() + 3600)),
        (FRR, of_frr(1)),
        (FRR, of_frr(1e300)),
        (BIRD, {}),
        (BIRD, {"output": "\n"}),
        (BIRD, of_bird("25:61:00.000")),
        (BIRD, of_bird("2026-11-28")),
        (BIRD, of_bird("09:40:00.123", "start")),
    ],
)
def test_a_time_that_cannot_be_is_left_out(node, answer):
    assert peerings.since(node, answer, NOW) == {}


# The lab


@pytest.fixture
def shared(requested, monkeypatch):
    cache.clear()
    monkeypatch.setattr(versions, "of", lambda session: LAB)
    return requested


@pytest.mark.django_db
def test_the_exchange_is_asked_once_for_several_pages(shared, monkeypatch):
    lab = AnsweringLab({"output": ["what is this?"]})
    monkeypatch.setattr(lab_access, "client_of", lambda session: lab)
    found = peerings.of(shared)
    assert [member.asn for member in found.members] == [*range(64496, 64508), 64509, 64510, *range(65536, 65548)]
    assert len(lab.asked) == 27, "26 networks and the route server"
    assert peerings.of(shared) == found
    assert len(lab.asked) == 27


@pytest.mark.django_db
def test_a_lab_that_does_not_answer_has_no_map(shared, monkeypatch):
    monkeypatch.setattr(lab_access, "client_of", lambda session: AnsweringLab())
    with pytest.raises(live_map.NoMap):
        peerings.of(shared)
