"""Ada's page about her mentors."""

import pytest
from django.urls import reverse

from vaka.mentoring import services


def test_the_page_says_exactly_who_can_see_what_and_names_former_mentors(followed, ada, ada_client):
    page = ada_client.get(reverse("mentoring:my_mentors")).text
    for words in (
        "A mentor sees",
        "A mentor does not see",
        "what you type in a terminal",
        "You agreed on",
        "Ngozi",
    ):
        assert words in page
    services.end_mentorship(followed, ada)
    page = ada_client.get(reverse("mentoring:my_mentors")).text
    assert "No mentor can see your work." in page
    assert "without access since" in page


@pytest.mark.parametrize("before", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-13-99T99:00"])
def test_a_moment_that_cannot_be_is_no_error(ada, ada_client, before):
    assert ada_client.get(f"/mentoring/trainees/{ada.pk}/", {"before": before}).status_code == 200
