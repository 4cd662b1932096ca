"""Instructors can look after the labs of their own workshops, while these are held, and no other labs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from labs import permissions
from labs.capacity import pool
from labs.models import Attempt, ClassSeat, LabSession, Observer, State
from labs.registry import versions
from labs.terminals import permissions as terminal_permissions
from labs.terminals import tokens
from tests.builders import signed_in
from tests.vaka.workshops.conftest import adds_item, check_status, fails, sits, works
from vaka.accounts.models import INSTRUCTORS, User
from vaka.workshops import visible_to_team
from vaka.workshops.models import Role, Seat, SeatLogEntry, TeamMember, Workshop
from vaka.workshops.permissions import trainees_of
from vaka.workshops.room.room import Room
from vaka.workshops.services import closing, joining, observing, pauses

pytestmark = pytest.mark.django_db


PAGE = "/labs/sessions/"


@pytest.fixture
def runs(workshop, item, lab):
    """A lab of the workshop, at the seat of Ana."""
    return works(sits(workshop, "Ana"), lab)


@pytest.fixture
def theirs(other, lab):
    """A lab of another workshop."""
    other.agenda.create(title="Winds", from_at=other.begins, to_at=other.ends, labs=[lab.id], opened_at=other.begins)
    return works(sits(other, "Zola"), lab)


def test_an_instructor_can_look_after_the_labs_of_her_workshop_and_no_others(runs, theirs, clients):
    page = clients["lead"].get(PAGE)
    assert [row.session.pk for row in page.context["listing"].live] == [runs.pk]
    given = {"minutes": "30", "ends": runs.ends_at.isoformat()}
    for client, status in (("lead", 302), ("other", 404)):
        assert clients[client].post(f"{PAGE}{runs.pk}/staff/extend", given).status_code == status
        assert clients[client].post(f"{PAGE}{runs.pk}/staff/stop").status_code == status
    runs.refresh_from_db()
    assert runs.state == State.STOPPING


def test_a_helper_cannot_look_after_labs_but_a_co_instructor_can(runs, chidi, workshop):
    TeamMember.objects.create(workshop=workshop, user=chidi, role=Role.HELPER, accepted_at=timezone.now())
    assert not permissions.of(chidi).exists()
    TeamMember.objects.filter(user=chidi).update(role=Role.CO_INSTRUCTOR)
    assert permissions.of(chidi).get() == runs


def test_labs_are_private_again_once_the_workshop_is_over(runs, ngozi, workshop):
    assert permissions.of(ngozi).get() == runs
    Workshop.objects.update(closed_at=timezone.now() + timedelta(seconds=1))
    assert not permissions.of(ngozi).exists()


def test_a_lab_that_is_not_on_the_agenda_is_private(workshop, item, other_lab, ngozi):
    works(sits(workshop, "Ana"), other_lab)
    assert not permissions.of(ngozi).exists()


def test_a_lab_that_was_started_before_its_learner_joined_is_private(workshop, item, lab, ngozi, clients, evening):
    ana = sits(workshop, "Ana")
    joining.take_seat(evening, "Ana", user=ana.user)
    Seat.objects.filter(user=ana.user).update(joined_at=timezone.now() - timedelta(minutes=5))
    Seat.objects.filter(user=ana.user, workshop=evening).update(joined_at=workshop.begins)  # that of another workshop
    before = works(ana, lab, created_at=timezone.now() - timedelta(minutes=6))
    Workshop.objects.filter(pk=workshop.pk).update(first_day=workshop.first_day - timedelta(days=1))
    workshop.refresh_from_db()
    assert not permissions.of(ngozi).exists()
    assert observing.observable_session(Seat.objects.get(pk=ana.pk)) is None
    for action in ("copy", "staff/stop", "staff/extend", "staff/skip"):
        assert clients["lead"].post(f"{PAGE}{before.pk}/{action}").status_code == 404, action
    LabSession.objects.filter(pk=before.pk).update(created_at=timezone.now() - timedelta(minutes=4))
    assert permissions.of(ngozi).get() == before
    assert observing.observable_session(Seat.objects.get(pk=ana.pk)) == before


def test_a_lab_from_a_pool_counts_from_its_claim(workshop, item, lab, ngozi):
    waits = LabSession.objects.create(
        lab=lab.id,
        lab_version=lab.version,
        state=State.POOLED,
        created_at=timezone.now() - timedelta(days=1),
        ready_at=timezone.now() - timedelta(days=1),
    )
    ana = sits(workshop, "Ana")
    assert pool.claim(ana.user, lab) == waits
    assert permissions.of(ngozi).get() == waits


@pytest.mark.django_db(transaction=True)
def test_the_page_end_the_day_stops_and_resumes_the_labs_of_one_workshop(runs, theirs, workshop, clients, queue):
    where = f"/workshops/{workshop.pk}/end-day"
    assert f'href="{where}"' in clients["lead"].get(f"/workshops/{workshop.pk}/room").text
    for client, status in (("helper", 403), ("other", 404), ("stranger", 404)):
        assert clients[client].post(where, {"what": "end"}).status_code == status
    page = clients["lead"].get(where).text
    assert "Save and stop 1 lab" in page
    assert "Zola" not in page
    clients["lead"].post(where, {"what": "end"})
    assert LabSession.objects.get(pk=runs.pk).state == State.STOPPING
    assert LabSession.objects.get(pk=theirs.pk).state == State.READY
    LabSession.objects.filter(pk=runs.pk).update(state=State.STOPPED, stopped_at=timezone.now())
    assert "Resume 1 lab" in clients["lead"].get(where).text
    clients["lead"].post(where, {"what": "resume"})
    assert LabSession.objects.live().filter(learner=runs.learner).exists()
    assert [entry.kind for entry in SeatLogEntry.objects.order_by("pk")] == ["end_day", "resume_labs"]
    assert "Ended the day" in signed_in(runs.learner).get(f"/workshops/{workshop.pk}/mine").text


@pytest.mark.django_db(transaction=True)
def test_a_co_instructor_without_the_instructor_group_can_end_the_day(runs, linus, workshop, clients, queue):
    TeamMember.objects.create(workshop=workshop, user=linus, role=Role.CO_INSTRUCTOR, accepted_at=timezone.now())
    assert clients["stranger"].get(PAGE).status_code == 403
    clients["stranger"].post(f"/workshops/{workshop.pk}/end-day", {"what": "end"})
    runs.refresh_from_db()
    assert runs.state == State.STOPPING


@pytest.mark.django_db(transaction=True)
def test_a_seat_is_not_put_before_people_outside_the_workshop(workshop, item, other, lab, clients, olga_client, queue):
    joined = timezone.now() - timedelta(minutes=10)
    ana, zola = sits(workshop, "Ana", joined_at=joined), sits(other, "Zola")
    for seat, minutes in ((zola, 10), (ana, 5)):
        at = timezone.now() - timedelta(minutes=minutes)
        LabSession.objects.create(learner=seat.user, lab=lab.id, lab_version=lab.version, created_at=at)
    act = f"/workshops/{workshop.pk}/room/action"
    text = clients["lead"].post(act, {"action": "put_first", "seats": "1"}, follow=True).text
    assert "People outside this workshop wait before them" in text
    assert LabSession.objects.get(learner=ana.user).priority == 0
    olga_client.post(act, {"action": "put_first", "seats": "1"})
    assert LabSession.objects.get(learner=ana.user).priority > 0


@pytest.fixture
def class_of_chidi(workshop, item, other, chidi, lab):
    """Chidi, who has a seat in Ngozi's workshop, runs a class lab for another one: Zola works there."""
    seat = joining.take_seat(workshop, "Chidi", user=chidi)
    session = works(seat, lab, is_class=True)
    ClassSeat.objects.create(session=session, user=sits(other, "Zola").user, nodes=["h1"])
    return session


def test_the_class_lab_of_an_instructor_is_out_of_reach_of_a_workshop_where_they_have_a_seat(
    class_of_chidi, workshop, ngozi, clients, queue
):
    assert not permissions.of(ngozi).exists()
    for action in ("copy", "staff/stop", "staff/extend", "staff/skip"):
        assert clients["lead"].post(f"{PAGE}{class_of_chidi.pk}/{action}").status_code == 404, action
    room = f"/workshops/{workshop.pk}/room"
    for action in ("extend", "reset", "save_and_stop", "put_first"):
        clients["lead"].post(f"{room}/action", {"action": action, "seats": "1", "minutes": "30"})
    clients["lead"].post(f"/workshops/{workshop.pk}/end-day", {"what": "end"})
    pauses.pause(workshop, ngozi)
    assert class_of_chidi.pk not in pauses.paused_sessions()
    pauses.resume(Workshop.objects.get(pk=workshop.pk), ngozi)
    closing.close(workshop, ngozi)
    closing.continue_closing()
    now = LabSession.objects.get(pk=class_of_chidi.pk)
    assert (now.state, now.ends_at, now.job) == (State.READY, class_of_chidi.ends_at, None)
    assert all(tile.session is None for tile in Room.of(workshop).tiles)


@pytest.mark.parametrize("is_class", [True, False])
def test_nobody_observes_a_lab_in_which_other_people_have_a_seat(class_of_chidi, workshop, ngozi, clients, is_class):
    LabSession.objects.filter(pk=class_of_chidi.pk).update(is_class=is_class)
    assert clients["lead"].post(f"/workshops/{workshop.pk}/room/1/observe").url.endswith("/room/1")
    assert not Observer.objects.exists()
    # One that was begun before an upgrade ends at the gateway, and then by itself
    Observer.begin(class_of_chidi.pk, ngozi)
    held = [tokens.read(tokens.issue(ngozi.pk, class_of_chidi.pk, node, "1", "view")) for node in ("r1", "h1")]
    assert len(terminal_permissions.refusals(held)) == 2
    assert clients["lead"].get(f"/workshops/{workshop.pk}/room/1/observer").url.endswith("/room/1")


def attempts_of(workshop, lab):
    return set(visible_to_team.attempts(workshop, [lab.id]))


def test_a_lab_that_was_started_before_it_was_on_the_agenda_stays_private(
    workshop, item, lab, other_lab, ngozi, clients, queue
):
    ana = sits(workshop, "Ana", joined_at=workshop.begins)
    before = works(ana, other_lab)
    fails_a_check(before)
    attempt = Attempt.objects.get()
    item.labs = [lab.id, other_lab.id]
    item.save()
    assert not permissions.of(ngozi).exists()
    assert observing.observable_session(Seat.objects.get(pk=ana.pk)) is None
    for action in ("copy", "staff/stop", "staff/extend", "staff/skip"):
        assert clients["lead"].post(f"{PAGE}{before.pk}/{action}").status_code == 404, action
    clients["lead"].post(f"/workshops/{workshop.pk}/end-day", {"what": "end"})
    assert LabSession.objects.get(pk=before.pk).state == State.READY
    assert all(tile.session is None for tile in Room.of(workshop, other_lab.id).tiles)
    assert attempts_of(workshop, other_lab) == set()
    # What Ana does from now on belongs to the workshop
    ends(before)
    after = works(ana, other_lab)
    assert permissions.of(ngozi).get() == after
    fails_a_check(after)
    assert attempts_of(workshop, other_lab) == set(Attempt.objects.exclude(pk=attempt.pk))


def test_what_was_done_while_a_lab_was_off_the_agenda_stays_private(workshop, item, lab, ngozi):
    ana = sits(workshop, "Ana")
    first = works(ana, lab)
    assert permissions.of(ngozi).get() == first
    second_item = adds_item(workshop, labs=[lab.id])
    item.delete()
    assert permissions.of(ngozi).get() == first, "it is on the agenda all the time"
    second_item.labs = []
    second_item.save()
    assert not permissions.of(ngozi).exists()
    ends(first)
    private = works(ana, lab)
    second_item.labs = [lab.id]
    second_item.save()
    assert permissions.of(ngozi).get() == first
    ends(private)
    third = works(ana, lab)
    assert set(permissions.of(ngozi)) == {first, third}


def ends(session):
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)


def fails_a_check(session):
    check_status(session, versions.of(session), "on", "failed")
    fails(session, "on")


def test_an_instructor_reaches_the_password_of_a_trainee_only_while_the_workshop_is_held(workshop, ngozi):
    ana = sits(workshop, "Ana")
    assert [one["user"] for one in trainees_of(ngozi)] == [ana.user_id]
    days = {"first_day": workshop.today + timedelta(days=1), "last_day": workshop.today + timedelta(days=2)}
    Workshop.objects.filter(pk=workshop.pk).update(**days)
    assert not trainees_of(ngozi).exists(), "it could be put off again and again"


def test_an_instructor_gives_class_lab_seats_to_people_of_their_workshop_while_it_is_held(
    workshop, ngozi, chidi, olga, linus
):
    guest = sits(workshop, "Sina").user
    assert list(permissions.may_get_a_seat_from(ngozi)) == [guest]
    assert not permissions.may_get_a_seat_from(chidi).exists()
    assert {guest, linus} <= set(permissions.may_get_a_seat_from(olga)), "an administrator"
    User.objects.filter(pk=guest.pk).update(is_active=False)
    assert not permissions.may_get_a_seat_from(ngozi).exists()
    User.objects.filter(pk=guest.pk).update(is_active=True)
    ngozi.groups.clear()
    assert not permissions.may_get_a_seat_from(User.objects.get(pk=ngozi.pk)).exists(), "no instructor any more"
    ngozi.groups.add(Group.objects.get(name=INSTRUCTORS))
    closing.close(workshop, ngozi)
    assert not permissions.may_get_a_seat_from(User.objects.get(pk=ngozi.pk)).exists()


def test_a_co_instructor_sees_the_class_lab_of_the_lead_and_opens_its_seats(workshop, shared, seated, hedy, ngozi):
    """Regression: it belonged to the lead alone, so nobody could go on with the class if the lead was away."""
    Group.objects.get_or_create(name=INSTRUCTORS)[0].user_set.add(hedy)
    member, browser = workshop.team.get(user=hedy), signed_in(hedy)
    seats = f"/labs/sessions/{shared.pk}/seats"

    def sees():
        return "Sina" in browser.get("/labs/sessions/").text, browser.get(seats).status_code

    assert sees() == (False, 404), "a helper does not"
    workshop.team.filter(pk=member.pk).update(role=Role.CO_INSTRUCTOR)
    assert sees() == (True, 200)
    browser.post(f"{seats}/{shared.seats.get(user=seated[0].user).pk}/remove")
    assert [seat.user for seat in shared.seats.all()] == [seated[1].user]
    assert not LabSession.objects.open_to(hedy).exists(), "it has no terminal for them"
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    assert sees() == (False, 404)
