"""The page of the live map: for the team, without names of people, also while no lab answers."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from labs.models import LabSession, State
from labs.pages import live_map, peerings
from labs.pages.live_map import Cell, LiveMap, NoMap, Row
from labs.pages.peerings import Member, Pair, Peerings
from tests.vaka.workshops.conftest import sits, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(workshop):
    return f"/workshops/{workshop.pk}/map/"


DROPPED = [
    ("3fff:510:bad::/48 64496", "invalid"),
    ("3fff:2::/32 64496 64497", "leak"),
    ("fd00::/48 64496", "other"),  # the map does not know by which rule
]


@pytest.fixture
def shared(workshop, item, ngozi, lab):
    return LabSession.objects.create(
        learner=ngozi, lab=lab.id, lab_version=lab.version, is_class=True, state=State.READY, ready_at=timezone.now()
    )


def test_the_map_says_who_reaches_whom_and_what_is_dropped_and_names_nobody(
    clients, workshop, shared, path, monkeypatch
):
    sits(workshop, "Sina")
    rows = [
        Row(64496, "r1", True, [Cell("self"), Cell("both", "64497")], DROPPED, 3),
        Row(64497, "r2", False, [Cell("both", "64496"), Cell("self")], [], 0),
    ]
    monkeypatch.setattr(live_map, "of", lambda session: LiveMap(rows))
    page = clients["helper"].get(path).content.decode()
    assert set(re.findall(r'<use href="#([\w-]+)"', page)) <= set(re.findall(r'<symbol id="([\w-]+)"', page))
    text = text_of(clients["helper"], path)
    for words in ("1 of 1 pair", "AS 64496", 'title="64497"', "3fff:510:bad::/48 64496", "and 3 more"):
        assert words in text
    assert "no session with the route server" in text
    found = re.findall(r"<b>([^<]*)</b> <span translate", page)
    assert found == ["invalid route (RFC 6811)", "route leak (RFC 7908)", "another filter rule"]
    assert "Sina" not in text
    assert "<html" not in clients["lead"].get(path, headers={"X-Vaka": "part"}).content.decode()


def test_it_says_who_peers_with_whom_since_when_and_who_waits(clients, workshop, shared, path, monkeypatch):
    sits(workshop, "Sina")
    at = datetime(2026, 12, 1, 11, 40, tzinfo=ZoneInfo(workshop.time_zone))
    members = [
        Member(64496, "r1", True, at, 25, 3, [Pair(64496, "self"), Pair(64497, "direct", 7, at), Pair(65536, "asked")]),
        Member(
            64497, "r2", False, None, None, None, [Pair(64496, "direct", 2), Pair(64497, "self"), Pair(65536, "down")]
        ),
        Member(65536, "r13", None, None, None, None, [Pair(64496, "wanted"), Pair(64497, "down"), Pair(65536, "self")]),
    ]
    monkeypatch.setattr(peerings, "of", lambda session: Peerings(members))
    monkeypatch.setattr(live_map, "of", lambda session: pytest.fail("the routes are not asked for"))
    address = f"{path}?show=peers"
    page = clients["helper"].get(address).content.decode()
    assert set(re.findall(r'<use href="#([\w-]+)"', page)) <= set(re.findall(r'<symbol id="([\w-]+)"', page))
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    for words in (
        "1 of 3 networks at the route server",
        "1 bilateral session",
        "AS 64496 r1",
        "Route server, since 11:40, sends 25, accepts 3",
        "directly with AS 64497, since 11:40, 7 routes",
        "directly with AS 64496, 2 routes",
        "waits for AS 65536",
        "AS 64496 waits for it",
        "not up with AS 64497: both have configured it",
        "no session with the route server",
        "could not be read",
    ):
        assert words in text
    assert re.findall(r'<td class="(\w+)">', page).count("direct") == 2
    assert "Sina" not in page
    assert "<html" not in clients["lead"].get(address, headers={"X-Vaka": "part"}).content.decode()


def test_a_lab_that_does_not_say_who_peers_has_a_sentence(clients, shared, path, monkeypatch):
    def fails(session):
        raise NoMap(session)

    monkeypatch.setattr(peerings, "of", fails)
    assert "does not answer now" in text_of(clients["lead"], f"{path}?show=peers")


def test_without_an_answer_or_a_lab_the_page_says_so(clients, shared, path, monkeypatch):
    def fails(session):
        raise NoMap(session)

    monkeypatch.setattr(live_map, "of", fails)
    assert "does not answer now" in text_of(clients["lead"], path)
    LabSession.objects.update(state=State.STOPPED)
    assert "No class lab of this workshop runs." in text_of(clients["lead"], path)


def test_only_the_team_opens_it(clients, path):
    assert clients["stranger"].get(path).status_code == 404
