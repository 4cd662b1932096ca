"""Ioane reads a lab in Samoan: the author's texts are translated by the site's message catalogue, as the site's own are."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from labs.engine.authoring.parse import load_lab
from labs.engine.translatable_text import FilledText, Text
from labs.models import State
from labs.translations import authored, translated

pytestmark = pytest.mark.django_db

CATALOG = Path(__file__).parents[2] / "labs/catalog"
OSPFV3, FIRST_EBGP = CATALOG / "ospfv3-one-area", CATALOG / "first-ebgp"


@pytest.fixture
def samoan(monkeypatch):
    """A message catalogue that puts a mark before each text."""
    monkeypatch.setattr(translation._trans, "gettext", lambda message: f"SM {message}")


def test_titles_of_a_lab_are_translated(lab, ready, client, ada, samoan):
    client.force_login(ada)
    page = client.get(f"/labs/{lab.id}/").content.decode()
    stage = lab.stages[0]
    for text in (lab.title, stage.title, stage.checks[0].title):
        assert f"SM {text}" in page
    assert ready.state == State.READY


def test_a_hint_is_translated_by_its_parameters_and_shown_with_the_learners_values(monkeypatch):
    said = "Tusi le %(site:ff::1/128)s i le lo."
    found = next(
        hint
        for check in load_lab(OSPFV3, 1).checks()
        for hint in check.hint
        if isinstance(hint, FilledText) and "site:ff::1" in hint.msgid
    )
    monkeypatch.setattr(translation._trans, "gettext", lambda message: said if message == found.msgid else message)
    number = found.params["site:ff::1/128"]
    assert number in found  # in English it is as the author wrote it
    assert authored(found) == f"Tusi le {number} i le lo."
    assert authored("100 % of the text, as it is") == "100 % of the text, as it is"


def test_a_cause_of_the_author_is_stored_so_that_it_can_be_translated_later(monkeypatch):
    check = next(check for check in load_lab(FIRST_EBGP, 7).checks() if isinstance(check.cause, FilledText))
    kept = Text.authored(check.cause).as_json()
    assert str(Text.from_json(kept)) == check.cause
    monkeypatch.setattr(translation._trans, "gettext", lambda message: f"SM {message}")
    assert translated(kept) == f"SM {check.cause}"


def test_the_translators_file_has_each_text_once_with_names_for_parameters():
    out = StringIO()
    call_command("lab_texts", stdout=out)
    ids = [line for line in out.getvalue().splitlines() if line.startswith("msgid ")]
    assert 'msgid "First steps in BGP"' in ids
    assert len(ids) == len(set(ids)) > 100
    entries = [text for text in out.getvalue().split("#: ") if text.startswith("labs/catalog/first-ebgp/")]
    assert entries
    assert not any("64500" in text or "2001:db8:500:" in text for text in entries)
    assert any("router bgp %(me)s" in line for line in ids)
