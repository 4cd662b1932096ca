"""The page for trainers of a lab, and who reads it."""

from http import HTTPStatus

import pytest

from tests.builders import make_person, signed_in
from vaka.accounts.models import INSTRUCTORS, MENTORS

pytestmark = pytest.mark.django_db
HANDOUT, TRAINER = "/labs/first-ebgp/handout/", "/labs/first-ebgp/trainer/"


@pytest.mark.parametrize("group", [INSTRUCTORS, MENTORS])
def test_who_teaches_reads_the_trainers_page_with_the_minutes_so_far(group):
    client = signed_in(make_person("mele", group=group))
    page = client.get(TRAINER).text
    assert "Where people get stuck" in page
    assert "75" in page  # minutes at the end of the last stage
    assert TRAINER in client.get("/labs/first-ebgp/").text


def test_a_trainee_does_not_read_the_trainers_page():
    client = signed_in(make_person("ada"))
    assert client.get(TRAINER).status_code == HTTPStatus.FORBIDDEN
    page = client.get("/labs/first-ebgp/").text
    assert TRAINER not in page
    assert HANDOUT in page


def test_a_lab_without_a_page_for_trainers_has_none(monkeypatch):
    monkeypatch.setattr("labs.engine.authoring.trainer_and_handout.TRAINER", "nothing.md")
    client = signed_in(make_person("mele", group=MENTORS))
    assert client.get(TRAINER).status_code == HTTPStatus.NOT_FOUND
