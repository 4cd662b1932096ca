"""Class labs: Ngozi the instructor starts one and gives out its seats."""

import pytest

from labs.lifecycle import class_labs
from labs.models import ClassSeat, LabSession, State
from tests.labs.views.helpers import log

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"


def test_an_instructor_creates_a_class_lab(ngozi_client, ngozi, ada, grace, lab):
    assert lab.title in ngozi_client.get(f"{PAGE}class").text
    assert "seat-left" in ngozi_client.get(f"{PAGE}class", {"lab": lab.id}).text
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada", "seat-right": "grace"})
    made = LabSession.objects.of(ngozi).get()
    assert answer.headers["Location"] == f"{PAGE}{made.pk}/seats"
    assert {seat.user: seat.nodes for seat in ClassSeat.objects.all()} == {ada: ["r1"], grace: ["h1"]}
    assert log() == [("ngozi", "Made a class lab.")]


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({}, "at least one"),
        ({"seat-left": "nobody"}, "no account with the username “nobody”"),
        ({"seat-left": "ada", "seat-right": "ada"}, "two seats"),
    ],
)
def test_an_invalid_class_says_why_and_nothing_starts(ngozi_client, ada, lab, names, error):
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, **names})
    assert answer.status_code == 422
    assert error in answer.text
    assert not LabSession.objects.exists()


def test_an_instructor_must_stop_their_own_lab_first(ngozi, ngozi_client, ada, lab):
    LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada"})
    assert "Stop it first" in answer.text
    assert not ClassSeat.objects.exists()


def test_seats_are_assigned_and_removed(ngozi, ngozi_client, ada, grace, linus, lab, engine):
    made = class_labs.begin(ngozi, lab.id, {"left": ada})
    page = f"{PAGE}{made.pk}/seats"
    LabSession.objects.update(state=State.READY)
    for name, seat, error in (("grace", "left", "already taken"), ("ngozi", "right", "whole lab is theirs")):
        assert error in ngozi_client.post(page, {"name": name, "seat": seat}).text
    ngozi_client.post(page, {"name": "grace", "seat": "right"})
    assert "Free seats" not in ngozi_client.get(page).text
    ngozi_client.post(f"{page}/{ClassSeat.objects.get(user=ada).pk}/remove")
    assert [seat.user for seat in ClassSeat.objects.all()] == [grace]
    assert [what for _who, what in log()] == ["Gave grace the seat right.", "Took the seat of ada away."]


def test_a_learners_own_lab_has_no_seats(ready, grace, olga_client):
    answer = olga_client.post(f"{PAGE}{ready.pk}/seats", {"name": "grace", "seat": "left"})
    assert answer.status_code == 422
    assert not ClassSeat.objects.exists()
