"""A copy of a trainee's lab ends when its owner may not look into that lab any more."""

import pytest

from labs.models import LabSession, State
from tests.vaka.workshops.conftest import sits, works
from vaka.workshops.services import closing, seat_changes

pytestmark = pytest.mark.django_db(transaction=True)


def copied_by(person, session):
    facts = {"lab": session.lab, "lab_version": session.lab_version, "state": State.REQUESTED}
    return LabSession.objects.create(learner=person, copy_of=session, **facts)


@pytest.fixture
def seat(workshop, item):
    return sits(workshop, "Sina")


@pytest.fixture
def trainees_lab(seat, lab):
    return works(seat, lab)


def test_an_instructors_copy_ends_when_the_seat_is_freed(seat, trainees_lab, ngozi):
    copied = copied_by(ngozi, trainees_lab)
    seat_changes.free(seat, ngozi)
    copied.refresh_from_db()
    assert copied.state != State.REQUESTED


def test_an_instructors_copy_ends_when_the_workshop_is_closed(workshop, trainees_lab, ngozi):
    copied = copied_by(ngozi, trainees_lab)
    closing.close(workshop, ngozi)
    copied.refresh_from_db()
    assert copied.state != State.REQUESTED


def test_the_copy_of_an_administrator_and_of_another_seats_lab_stays(workshop, seat, trainees_lab, lab, ngozi, olga):
    of_another = copied_by(ngozi, works(sits(workshop, "Rangi"), lab))
    of_staff = copied_by(olga, trainees_lab)
    seat_changes.free(seat, ngozi)
    assert LabSession.objects.filter(pk__in=[of_another.pk, of_staff.pk], state=State.REQUESTED).count() == 2
