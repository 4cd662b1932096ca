"""A copy of a trainee's lab ends when its owner may not look into that lab any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs import permissions
from labs.lifecycle import deadlines_and_idle_labs
from labs.models import LabSession, Save, State
from tests.vaka.workshops.conftest import sits, works
from vaka.workshops.models import Role, Workshop
from vaka.workshops.services import closing, seat_changes, team, workshop_changes

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


@pytest.fixture
def colleague(workshop, chidi, ngozi):
    """Chidi, who leads the workshop with Ngozi."""
    team.add(workshop, chidi, Role.CO_INSTRUCTOR, ngozi)
    team.accept(workshop, chidi)
    return chidi


def form_of(item, **changed):
    facts = {"kind": item.kind, "title": item.title, "labs": item.labs}
    times = {"from_at": f"{item.from_at:%Y-%m-%dT%H:%M}", "to_at": f"{item.to_at:%Y-%m-%dT%H:%M}"}
    return {**facts, **times, **changed}


def removes(workshop, colleague, clients):
    member = workshop.team.get(user=colleague)
    clients["lead"].post(f"/workshops/{workshop.pk}/team/{member.pk}/remove")


def leaves(workshop, colleague, clients):
    clients["other"].post(f"/workshops/{workshop.pk}/team/leave")


def demotes(workshop, colleague, clients):
    clients["lead"].post(f"/workshops/{workshop.pk}/team/add", {"name": colleague.username, "role": "helper"})


def takes_off_the_agenda(workshop, colleague, clients):
    clients["lead"].post(f"/workshops/{workshop.pk}/agenda/{workshop.agenda.get().pk}/remove")


def puts_another_lab_on_the_agenda(workshop, colleague, clients):
    item = workshop.agenda.get()
    answer = clients["lead"].post(f"/workshops/{workshop.pk}/agenda/{item.pk}", form_of(item, labs=["second-wind"]))
    assert answer.status_code == 302, answer.text


def moves_the_days(workshop, colleague, clients):
    workshop.first_day += timedelta(days=1)
    workshop_changes.change(workshop)


@pytest.mark.parametrize(
    "ends", [removes, leaves, demotes, takes_off_the_agenda, puts_another_lab_on_the_agenda, moves_the_days]
)
def test_a_copy_ends_at_once_when_a_change_ends_the_permission(
    workshop, seat, trainees_lab, colleague, clients, other_lab, ends
):
    copied = copied_by(colleague, trainees_lab)
    assert permissions.to_copy(colleague).filter(pk=trainees_lab.pk).exists()
    ends(workshop, colleague, clients)
    copied.refresh_from_db()
    assert copied.state == State.STOPPING


def loses_the_group(workshop, colleague):
    colleague.groups.clear()


def is_deactivated(workshop, colleague):
    type(colleague).objects.filter(pk=colleague.pk).update(is_active=False)


def days_are_over(workshop, colleague):
    yesterday = timezone.now().date() - timedelta(days=2)
    Workshop.objects.filter(pk=workshop.pk).update(first_day=yesterday, last_day=yesterday)


@pytest.mark.parametrize("ends", [loses_the_group, is_deactivated, days_are_over])
def test_beat_stops_the_copies_whose_permission_no_page_has_ended(workshop, seat, trainees_lab, colleague, ngozi, ends):
    copied = copied_by(colleague, trainees_lab)
    assert deadlines_and_idle_labs.expire() == []
    ends(workshop, colleague)
    assert deadlines_and_idle_labs.expire() == [(copied.pk, Save.Reason.STOP)]
    copied.refresh_from_db()
    assert copied.state == State.STOPPING
    assert deadlines_and_idle_labs.expire() == []


def test_beat_stops_no_copy_that_its_owner_may_still_have(
    workshop, seat, trainees_lab, lab, ngozi, olga, django_assert_max_num_queries
):
    mine = {copied_by(ngozi, trainees_lab), copied_by(olga, works(sits(workshop, "Rangi"), lab))}
    with django_assert_max_num_queries(16):
        assert deadlines_and_idle_labs.expire() == []
    assert set(LabSession.objects.filter(state=State.REQUESTED)) == mine
