"""The hidden field ``back`` of forms that are on many pages. A stranger can write anything into it."""

import pytest
from django.test import Client

FORMS = [
    ("/theme", {"theme": "dark"}, "/"),
    ("/me/time-zone", {"time_zone": "Pacific/Fiji"}, "/me/"),
    ("/people/told/", {}, "/me/"),
]


def sent_to(client: Client, path: str, form: dict[str, str], back: str) -> str:
    answer = client.post(path, {**form, "back": back})
    assert answer.status_code == 302, answer.content.decode()
    return answer["location"]


@pytest.mark.parametrize(("path", "form", "page"), FORMS)
@pytest.mark.parametrize(
    "back",
    [
        "nonsense",  # Django's redirect takes a word for the name of a view
        "home:delete",
        "?q=1",
        "",
        "//evil.example/",
        "/\\evil.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        "/search/?q=" + "x" * 20_000,  # longer than Django redirects
    ],
)
def test_a_form_leads_to_no_other_place_and_does_not_fail(ada_client, path, form, page, back):
    assert sent_to(ada_client, path, form, back) == page


@pytest.mark.parametrize(("path", "form", "page"), FORMS)
def test_a_form_leads_back_to_its_page(ada_client, path, form, page):
    assert sent_to(ada_client, path, form, "/search/?q=ospf") == "/search/?q=ospf"


@pytest.mark.django_db
def test_a_visitor_keeps_the_colours_whatever_the_form_names(client):
    assert sent_to(client, "/theme", {"theme": "dark"}, "nonsense") == "/"
    assert "dark" in client.get("/").content.decode()
