"""The learner's live lab in the header of every page."""

import re

import pytest

from labs.models import LabSession, State

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/courses/", "/courses/first-steps/", "/progress/", "/me/", "/glossary/", "/labs/", "/no-such-page/"]


def header(client, page: str) -> str:
    found = re.search(r'<p class="running".*?</p>', client.get(page).content.decode(), re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]) if found else ""


@pytest.mark.parametrize("page", PAGES)
def test_each_page_counts_down_the_running_lab(ada_client, lab, ready, page):
    assert re.search(r"First light .*\b50 min", header(ada_client, page))


def test_the_page_of_the_lab_has_only_its_own_countdown(ada_client, lab, ready):
    assert not header(ada_client, f"/labs/{lab.id}/")


def test_the_page_of_another_lab_counts_down_the_running_lab(ada_client, lab, other_lab, ready):
    assert re.search(r"First light .*\b50 min", header(ada_client, f"/labs/{other_lab.id}/"))


def test_a_lab_that_starts_is_named_without_a_countdown(ada_client, lab, ready):
    LabSession.objects.update(state=State.STARTING, ends_at=None)
    assert "Starting" in header(ada_client, "/courses/")


def test_other_people_and_visitors_see_no_lab(linus_client, client, lab, ready):
    assert not header(linus_client, "/courses/")
    assert not header(client, "/courses/")


def test_a_lab_that_has_stopped_is_gone_from_the_header(ada_client, lab, ready):
    LabSession.objects.update(state=State.STOPPED)
    assert not header(ada_client, "/courses/")
