"""Ioane reads his lab in Samoan: what its author wrote is looked up in the site's catalogue, as our own words are."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from labs.models import State

pytestmark = pytest.mark.django_db


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


def test_a_translator_is_given_each_text_of_the_catalog_once_and_none_with_a_learners_own_numbers():
    out = StringIO()
    call_command("lab_texts", stdout=out)
    ids = [line for line in out.getvalue().splitlines() if line.startswith("msgid ")]
    assert 'msgid "First steps in BGP"' in ids
    assert len(ids) == len(set(ids)) > 100
    assert not any("64500" in line or "2001:db8:500:" in line for line in ids)
