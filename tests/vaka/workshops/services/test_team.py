"""Somebody who is added to a team is told, and decides. Until they have accepted, their role counts nowhere."""

import pytest
from django.utils import timezone

from labs import permissions
from labs.models import LabSession, State
from tests.builders import signed_in
from tests.vaka.workshops.conftest import sits, text_of, works
from vaka.workshops import visible_to_team
from vaka.workshops.models import Role, Workshop
from vaka.workshops.services import exams, observing, team, workshop_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def class_of_chidi(chidi, lab, item):
    """A class lab of another instructor, in the days of Ngozi's workshop and with a lab of its agenda."""
    facts = {"lab": lab.id, "lab_version": lab.version, "is_class": True, "state": State.READY}
    return LabSession.objects.create(learner=chidi, ready_at=timezone.now(), **facts)


@pytest.fixture
def chidi_client(chidi):
    return signed_in(chidi)


@pytest.fixture
def added(workshop, class_of_chidi, ngozi_client):
    ngozi_client.post(f"/workshops/{workshop.pk}/team/add", {"name": "chidi", "role": Role.CO_INSTRUCTOR})
    return workshop


def is_reached(workshop, session):
    """Whether the team, and trainees, reach this class lab."""
    by_team = visible_to_team.class_labs(workshop).filter(pk=session.pk).exists()
    by_trainees = permissions.class_labs_open_to(sits(workshop, "Sina").user).filter(pk=session.pk).exists()
    assert by_team == by_trainees
    return by_team


def test_the_class_labs_of_somebody_who_was_only_added_stay_their_own(added, class_of_chidi):
    assert not is_reached(added, class_of_chidi)


def test_who_is_added_reads_it_and_accepts(added, class_of_chidi, chidi_client, ngozi_client):
    assert "Somebody has added you to the team" in text_of(chidi_client, "/")
    plan = f"/workshops/{added.pk}/"
    assert "If you accept" in text_of(chidi_client, plan)
    assert "has not accepted yet" in text_of(ngozi_client, plan)
    assert not is_reached(added, class_of_chidi), "reading is not accepting"
    chidi_client.post(f"/workshops/{added.pk}/team/accept")
    assert is_reached(added, class_of_chidi)
    assert "Somebody has added you" not in text_of(chidi_client, "/") + text_of(chidi_client, plan)


def test_who_was_only_added_reads_the_plan_and_nothing_more(added, item, chidi, chidi_client):
    plan = f"/workshops/{added.pk}/"
    assert chidi_client.get(plan).status_code == 200
    assert f"{plan}seats" not in chidi_client.get(plan).text
    for page in ("seats", "room", "projector", "report", "edit", "attendance/", "room/events"):
        assert chidi_client.get(f"{plan}{page}").status_code == 404, page
    assert chidi_client.post(f"{plan}team/add", {"name": "ada", "role": "helper"}).status_code == 404
    assert "Moana NOG 6" not in text_of(chidi_client, "/workshops/")
    assert not Workshop.objects.planned_by(chidi).exists()
    assert not Workshop.objects.run_by(chidi).exists()
    team.accept(added, chidi)
    assert f"{plan}seats" in chidi_client.get(plan).text
    assert chidi_client.get(f"{plan}seats").status_code == 200
    assert Workshop.objects.planned_by(chidi).get() == added
    assert Workshop.objects.run_by(chidi).get() == added


def test_who_was_only_added_reads_neither_the_join_code_nor_how_the_server_is_prepared(added, chidi, chidi_client):
    plan = f"/workshops/{added.pk}/"
    for_the_team = (added.code_shown, 'id="capacity"', 'id="preflight"', 'id="rehearsal"')
    page = chidi_client.get(plan).text
    assert [one for one in for_the_team if one in page] == []
    team.accept(added, chidi)
    page = chidi_client.get(plan).text
    assert [one for one in for_the_team if one not in page] == []


def test_trainees_read_the_names_of_those_who_have_accepted(added, chidi, ngozi):
    seat = sits(added, "Sina")
    page = f"/workshops/{added.pk}/mine"
    assert ngozi.shown_name in text_of(signed_in(seat.user), page)
    assert chidi.shown_name not in text_of(signed_in(seat.user), page)


def test_the_labs_of_an_exam_open_only_to_a_team_that_has_accepted(workshop, ngozi, lab):
    trainee = sits(workshop, "Sina").user
    times = {"from_at": workshop.begins, "to_at": workshop.ends, "opened_at": timezone.now()}
    workshop.agenda.create(title="Final", kind="exam", labs=[lab.id], **times)
    team.add(workshop, trainee, Role.HELPER, ngozi)
    assert exams.labs_closed_to(trainee) == {lab.id}
    team.accept(workshop, trainee)
    assert not exams.labs_closed_to(trainee)


def test_nobody_accepts_for_another_person(added, class_of_chidi, ngozi_client):
    ngozi_client.post(f"/workshops/{added.pk}/team/accept")
    assert not is_reached(added, class_of_chidi)


def test_another_role_leaves_the_answer_and_a_second_time_in_the_team_needs_a_new_one(
    added, chidi, ngozi, chidi_client
):
    team.accept(added, chidi)
    team.add(added, chidi, Role.HELPER, ngozi)
    assert added.accepted_team.get(user=chidi).role == Role.HELPER
    left = chidi_client.post(f"/workshops/{added.pk}/team/leave", follow=True)
    assert "You have left the team of Moana NOG 6." in left.text
    assert added.role_of(chidi) is None
    assert chidi_client.get(f"/workshops/{added.pk}/").status_code == 404
    team.add(added, chidi, Role.HELPER, ngozi)
    assert not added.accepted_team.filter(user=chidi).exists()


def test_a_helper_who_becomes_co_instructor_accepts_that_too(workshop, hedy, ngozi, ngozi_client):
    """A person who had agreed to help got, unasked, the right to change the plan and to close the workshop."""
    helper = signed_in(hedy)
    plan = f"/workshops/{workshop.pk}/"
    assert workshop.role_of(hedy) == Role.HELPER
    ngozi_client.post(f"{plan}team/add", {"name": "hedy", "role": Role.CO_INSTRUCTOR})
    assert workshop.role_of(hedy) is None
    assert not Workshop.objects.planned_by(hedy).exists()
    assert helper.get(f"{plan}seats").status_code == 404
    assert "given you a role with more rights" in text_of(helper, plan)
    assert "given you a role with more rights" in text_of(helper, "/")
    helper.post(f"{plan}team/accept")
    assert workshop.role_of(hedy) == Role.CO_INSTRUCTOR
    team.add(workshop, hedy, Role.CO_INSTRUCTOR, ngozi)
    assert workshop.role_of(hedy) == Role.CO_INSTRUCTOR, "the same role once more changes nothing"


def test_a_helper_who_becomes_co_instructor_observes_nobody_until_they_accept(workshop, item, hedy, ngozi, lab):
    seat = sits(workshop, "Sina")
    observer = observing.begin(seat, works(seat, lab), hedy)
    team.add(workshop, hedy, Role.HELPER, ngozi)
    observer.refresh_from_db()
    assert observer.ended_at is None, "the same role once more changes nothing"
    team.add(workshop, hedy, Role.CO_INSTRUCTOR, ngozi)
    observer.refresh_from_db()
    assert observer.ended_at


def test_the_lead_has_accepted_and_cannot_leave(workshop, ngozi, ngozi_client):
    assert workshop.accepted_team.filter(user=ngozi).exists()
    assert "cannot leave" in ngozi_client.post(f"/workshops/{workshop.pk}/team/leave", follow=True).text
    assert workshop.role_of(ngozi) == Role.LEAD


def test_the_lead_stays_and_a_person_who_is_not_in_the_team_cannot_be_removed(workshop, ngozi, hedy):
    before = workshop.team.count()
    with pytest.raises(team.IsLead):
        team.remove(workshop, ngozi)
    assert workshop.team.count() == before
    team.remove(workshop, hedy)
    with pytest.raises(team.NotInTeam):
        team.remove(workshop, hedy)


def test_administrators_who_add_themselves_have_accepted(workshop, olga, olga_client):
    olga_client.post(f"/workshops/{workshop.pk}/team/add", {"name": "olga", "role": Role.HELPER})
    assert workshop.accepted_team.filter(user=olga).exists()


def test_the_team_of_a_copy_is_asked_again(workshop, ngozi):
    new = workshop_changes.copy(workshop, ngozi)
    assert [member.user for member in new.accepted_team] == [ngozi]
    assert new.team.count() == workshop.team.count()
