"""The colours of pages: chosen with a button, remembered, and in the first byte of each page."""

import re
from pathlib import Path

import pytest

from tests.builders import signed_in
from vaka.web import static_files

TOKENS = Path(static_files.__file__).with_name("static") / "web/tokens.css"


def choose(client, theme: str, back: str = "/courses/"):
    return client.post("/theme", {"theme": theme, "back": back})


def colours(client) -> str:
    """Return the theme that the page names in its first element; empty if the system decides."""
    page = client.get("/courses/").content.decode()
    found = re.search(r'<html [^>]*data-theme="(\w+)"', page)
    return found[1] if found else ""


@pytest.mark.django_db
def test_a_visitor_s_browser_remembers_the_colours(client):
    assert colours(client) == ""
    assert choose(client, "dark")["location"] == "/courses/"
    assert colours(client) == "dark"
    choose(client, "system")
    assert colours(client) == ""


def test_an_account_remembers_the_colours_in_every_browser(ada, ada_client):
    choose(ada_client, "dark")
    assert colours(signed_in(ada)) == "dark"


def test_the_colours_of_a_person_stay_theirs_on_a_shared_computer(ada_client):
    choose(ada_client, "dark")
    ada_client.logout()
    assert colours(ada_client) == ""


@pytest.mark.parametrize("sent", ["", "pink", '"><script>'])
def test_other_values_are_not_taken(ada_client, sent):
    choose(ada_client, sent)
    assert colours(ada_client) == ""


def test_the_button_does_not_lead_to_another_site(ada_client):
    assert choose(ada_client, "dark", "https://example.org/")["location"] == "/"


def test_the_pressed_button_is_the_chosen_one(ada_client):
    choose(ada_client, "light")
    page = ada_client.get("/courses/").content.decode()
    assert re.findall(r'value="(\w+)" aria-pressed="true"', page) == ["light"]


def test_the_reader_s_dark_colours_are_the_system_s():
    written = TOKENS.read_text()
    blocks = re.findall(r"--paper: #0d1a22;.*?--term-bar: #101d24;", written, re.S)
    assert len(blocks) == 2
    assert len({re.sub(r"\s+", " ", block) for block in blocks}) == 1
