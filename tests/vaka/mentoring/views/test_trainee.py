"""Ada's page about her mentors."""

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
