"""The part of an account's export that comes from class labs and copies."""

import pytest

from labs.lifecycle import personal_data
from labs.models import ClassSeat, LabSession, SeatWork

pytestmark = pytest.mark.django_db


def test_a_seat_is_exported_with_the_work_that_is_kept_while_a_bot_plays_it(ready, grace):
    seat = ClassSeat.objects.create(session=ready, user=grace, nodes=["h1"])
    SeatWork.objects.create(seat=seat, packed=b"work")
    [found] = personal_data.seats(grace)
    assert (found["nodes"], found["work"]) == (["h1"], "d29yaw==")


def test_a_session_is_exported_with_who_opened_copies_of_it(ready, ada, ngozi):
    LabSession.objects.create(learner=ngozi, lab=ready.lab, lab_version=ready.lab_version, copy_of=ready)
    [found] = personal_data.sessions(ada)
    assert [copy["learner__username"] for copy in found["copies"]] == ["ngozi"]
