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


def test_the_terminal_that_was_typed_in_last_is_shown_first_with_the_failing_checks_beside_it(
    workshop, lab, ana, clients
):
    works(ana, lab, ["on"], ("still", "The sysctl was set back."), active_node="h1")
    page = unescape(clients["helper"].post(f"/workshops/{workshop.pk}/room/1/observe", follow=True).content.decode())
    assert 'data-first="h1"' in page
    beside = page.partition('id="observed-checks"')[2].partition("</aside>")[0]
    assert "1. Forwarding" in beside
    for word in ("r1 still forwards", "The sysctl was set back.", "Expected", "Seen"):
        assert word in beside
    assert "r1 forwards" not in beside  # it passes
    assert "h1 has the file" not in beside  # of a later stage
    assert "The node is h1." in unescape(clients["helper"].get(f"/workshops/{workshop.pk}/room/1").content.decode())


def test_the_observer_of_an_exam_sees_no_stage_and_no_check(workshop, lab, ana, clients):
    works(ana, lab, ["on"], ("still", "The sysctl was set back."), exam="sealed")
    page = clients["helper"].post(f"/workshops/{workshop.pk}/room/1/observe", follow=True).text
    beside = page.partition('id="observed-checks"')[2].partition("</aside>")[0]
    assert "This lab is an exam." in beside
    for word in ("Forwarding", "r1 still forwards", "All stages are done."):
        assert word not in beside
