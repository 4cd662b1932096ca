"""The attempts that are supervised."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import services
from labs.models import Attempt
from tests.builders import signed_in
from tests.vaka.workshops.conftest import is_in_the_room, joins, seat_of
from vaka.workshops.models import Workshop
from vaka.workshops.services import supervised_attempts


def supervises(workshop, user, lab="first-light"):
    return supervised_attempts.supervising_workshop(user.pk, lab, timezone.now()) == workshop.title


@pytest.mark.django_db(transaction=True)
def test_an_attempt_is_supervised_by_when_it_is_made_not_by_when_the_lab_was_started(
    workshop, item, ada, queue, engine
):
    is_in_the_room(seat_of(joins(workshop, "", signed_in(ada))))
    session = services.request_session(ada, "first-light")
    queue()

    def supervised_by():
        services.request_check(session)
        queue()
        return Attempt.objects.first().supervised_by

    assert supervised_by() == "Moana NOG 6"
    workshop.agenda.update(to_at=timezone.now() - timedelta(hours=1))  # at home, in the evening
    assert supervised_by() == ""


def test_attempts_are_supervised_only_at_labs_of_an_open_agenda_item(workshop, item, ada, linus):
    is_in_the_room(seat_of(joins(workshop, "", signed_in(ada))))
    now = timezone.now()
    assert supervises(workshop, ada)
    assert not supervises(workshop, ada, "second-wind")
    assert not supervises(workshop, linus)
    workshop.agenda.update(opened_at=None)
    assert not supervises(workshop, ada)
    workshop.agenda.update(opened_at=now, to_at=now - timedelta(minutes=59))  # agenda items can run late
    assert supervises(workshop, ada)
    workshop.agenda.update(to_at=now - timedelta(minutes=61))
    assert not supervises(workshop, ada)
    workshop.agenda.update(to_at=now + timedelta(hours=1))
    Workshop.objects.update(closed_at=timezone.now())
    assert supervises(workshop, ada)  # the last checks of a close count
    Workshop.objects.update(settled_at=timezone.now())
    assert not supervises(workshop, ada)
