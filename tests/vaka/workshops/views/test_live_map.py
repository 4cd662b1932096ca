"""The page of the live map: for the team, without names of people, also while no lab answers."""

import re

import pytest
from django.utils import timezone

from labs.models import LabSession, State
from labs.pages import live_map
from labs.pages.live_map import Cell, LiveMap, NoMap, Row
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


def test_without_an_answer_or_a_lab_the_page_says_so(clients, shared, path, monkeypatch):
    def fails(session):
        raise NoMap(session)

    monkeypatch.setattr(live_map, "of", fails)
    assert "does not answer now" in text_of(clients["lead"], path)
    LabSession.objects.update(state=State.STOPPED)
    assert "No class lab of this workshop runs." in text_of(clients["lead"], path)


def test_only_the_team_opens_it(clients, path):
    assert clients["stranger"].get(path).status_code == 404
