"""Opening an agenda item."""

import pytest

from tests.vaka.workshops.conftest import adds_item, reads, sits
from vaka.workshops.models import SeatLogEntry


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


def test_trainees_see_an_agenda_item_once_it_is_open(workshop, lab, ana, clients):
    coming = adds_item(workshop, "Second light", labs=[lab.id])
    assert "Second light" not in reads(ana)
    assert "Open: “Second light”" in clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{coming.pk}")
    assert "Second light" in reads(ana)
    assert SeatLogEntry.objects.get().kind == "open_item"
