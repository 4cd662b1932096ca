"""The page of an observer."""

from html import unescape

import pytest

from labs.models import LabSession, State
from tests.vaka.workshops.conftest import sits, works


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


def test_the_observer_page_shows_the_terminals_of_the_trainee(workshop, lab, ana, clients):
    assert clients["helper"].post(f"/workshops/{workshop.pk}/room/1/observe").url.endswith("/room/1")  # no lab runs
    works(ana, lab)
    there = clients["helper"].post(f"/workshops/{workshop.pk}/room/1/observe").url
    page = unescape(clients["helper"].get(there).content.decode())
    assert '{"name": "r1", "kind": "frr", "typeable": false}' in page
    assert '"up"' not in page  # not a trainee's node
    LabSession.objects.update(state=State.STOPPED)
    assert clients["helper"].get(there).url == f"/workshops/{workshop.pk}/room/1"
