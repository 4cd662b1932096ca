"""Ioane reads his lab in Samoan: what its author wrote is looked up in the site's catalogue, as our own words are."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from labs.engine.authoring.parse import load_lab
from labs.engine.text import Text, Wording
from labs.models import State
from labs.pages.stages import words
from labs.registry.translations import authored

pytestmark = pytest.mark.django_db

CATALOG = Path(__file__).parents[3] / "labs/catalog"
OSPFV3, FIRST_EBGP = CATALOG / "ospfv3-one-area", CATALOG / "first-ebgp"


@pytest.fixture
def samoan(monkeypatch):
    """A catalogue in which each text has a mark before it."""
    monkeypatch.setattr(translation._trans, "gettext", lambda message: f"SM {message}")


def test_titles_and_hints_of_a_lab_are_looked_up(lab, ready, client, ada, samoan):
    client.force_login(ada)
    page = client.get(f"/labs/{lab.id}/").content.decode()
    stage = lab.stages[0]
    for text in (lab.title, stage.title, stage.checks[0].title):
        assert f"SM {text}" in page
    assert ready.state == State.READY


def test_a_hint_is_looked_up_by_the_names_of_its_numbers_and_read_with_ioanes_own(monkeypatch):
    said = "Tusi le %(site:ff::1/128)s i le lo."
    found = next(
        hint
        for check in load_lab(OSPFV3, 1).checks()
        for hint in check.hint
        if isinstance(hint, Wording) and "site:ff::1" in hint.msgid
    )
    monkeypatch.setattr(translation._trans, "gettext", lambda message: said if message == found.msgid else message)
    number = found.params["site:ff::1/128"]
    assert number in found  # who reads English has it as it was
    assert authored(found) == f"Tusi le {number} i le lo."
    assert authored("100 % of the text, as it is") == "100 % of the text, as it is"


def test_a_cause_of_the_author_is_kept_in_a_way_that_can_be_translated_later(monkeypatch):
    check = next(check for check in load_lab(FIRST_EBGP, 7).checks() if isinstance(check.cause, Wording))
    kept = Text.authored(check.cause).as_json()
    assert str(Text.from_json(kept)) == check.cause
    monkeypatch.setattr(translation._trans, "gettext", lambda message: f"SM {message}")
    assert words(kept) == f"SM {check.cause}"


def test_a_translator_is_given_each_text_of_the_catalog_once_and_names_for_a_learners_own_numbers():
    out = StringIO()
    call_command("lab_texts", stdout=out)
    ids = [line for line in out.getvalue().splitlines() if line.startswith("msgid ")]
    assert 'msgid "First steps in BGP"' in ids
    assert len(ids) == len(set(ids)) > 100
    entries = [text for text in out.getvalue().split("#: ") if text.startswith("labs/catalog/first-ebgp/")]
    assert entries
    assert not any("64500" in text or "2001:db8:500:" in text for text in entries)
    assert any("router bgp %(me)s" in line for line in ids)
