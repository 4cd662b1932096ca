"""Closing, reopening and deleting a workshop. Once it is over, the team cannot act at its seats or on other labs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import end_of_day, services
from labs.models import Job, LabSession, Observer, State
from labs.models.pool_size import PoolSize
from labs.registry import versions
from tests.builders import signed_in
from tests.vaka.workshops.conftest import adds_item, sits, text_of, works
from vaka.credentials.models import Credential
from vaka.workshops.models import SeatLogEntry, Workshop
from vaka.workshops.room.room import Room
from vaka.workshops.services import (
    agenda_items,
    closing,
    exams,
    joining,
    observing,
    pauses,
    rehearsal,
    seat_actions,
    workshop_changes,
)
from vaka.workshops.services.report import Report


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


def is_over(workshop, how):
    """Make the workshop over: closed now, or by its last day."""
    if how == "closed":
        Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    else:
        first, last = workshop.today - timedelta(days=3), workshop.today - timedelta(days=1)
        Workshop.objects.filter(pk=workshop.pk).update(first_day=first, last_day=last)
    workshop.refresh_from_db()


WAYS = ("observe", "ask", "action", "pause", "open")


@pytest.mark.parametrize("how", ["closed", "by the calendar"])
@pytest.mark.parametrize("way", WAYS)
def test_no_action_is_possible_at_its_seats_once_it_is_over(workshop, item, lab, ana, clients, how, way):
    session = works(ana, lab)
    coming = adds_item(workshop, "Second light", labs=[lab.id])
    is_over(workshop, how)
    room = f"/workshops/{workshop.pk}/room"
    paths = {"observe": f"{room}/1/observe", "ask": f"{room}/1/observer/ask", "open": f"{room}/open/{coming.pk}"}
    answer = clients["lead"].post(paths.get(way, f"{room}/{way}"), {"action": "extend", "seats": "1", "text": "Hello"})
    assert answer.url == room
    page = clients["lead"].get(room).content.decode()
    assert "This workshop is over. No actions are possible at its seats." in page
    assert "Pause all" not in page
    assert not SeatLogEntry.objects.exists()
    assert not Observer.objects.exists()
    session.refresh_from_db()
    workshop.refresh_from_db()
    assert session.ends_at < timezone.now() + timedelta(minutes=41)
    assert workshop.paused_at is None


def test_an_open_observer_can_open_nothing_once_it_is_over(workshop, lab, ana, hedy, clients):
    Observer.begin(works(ana, lab).pk, hedy)
    where = f"/workshops/{workshop.pk}/room/1/observer"
    assert clients["helper"].post(f"{where}/terminal-token", {"node": "r1"}).status_code == 200
    Workshop.objects.update(closed_at=timezone.now())
    assert clients["helper"].post(f"{where}/terminal-token", {"node": "r1"}).status_code == 409
    assert clients["helper"].get(where).url == f"/workshops/{workshop.pk}/room"


PRIVATE = {
    "another lab": {},
    "before it began": {"days": -30},
    "after it ended": {"days": 30},
}


@pytest.mark.parametrize("when", PRIVATE)
def test_the_team_cannot_act_on_a_private_lab_of_ana(workshop, lab, other_lab, ana, ngozi, clients, when):
    hers = other_lab if when == "another lab" else lab
    begun = timezone.now() + timedelta(**PRIVATE[when])
    session = works(ana, hers, created_at=begun)
    ends_at = session.ends_at
    assert observing.observable_session(ana) is None
    assert seat_actions.extend(workshop, [ana], ngozi, 10).not_done == (ana.number,)
    assert seat_actions.reset(workshop, [ana], ngozi).not_done == (ana.number,)
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=12))
    workshop.refresh_from_db()
    pauses.resume(workshop, ngozi)
    session.refresh_from_db()
    assert session.ends_at == ends_at
    assert not Job.objects.exists()
    assert Room.of(workshop, hers.id).tiles[0].session is None
    workshop.agenda.update(opened_at=None)
    assert Room.of(workshop, hers.id).tiles[0].session is None
    Observer.begin(session.pk, ngozi)  # as another workshop could: it gives no access here
    answer = clients["lead"].post(f"/workshops/{workshop.pk}/room/1/observer/terminal-token", {"node": "r1"})
    assert answer.status_code == 409


@pytest.mark.django_db(transaction=True)
def test_awarding_certificates_months_later_stops_no_private_lab(workshop, lab, ana, queue, ngozi):
    closing.close(workshop, ngozi)
    Workshop.objects.update(
        first_day=workshop.first_day - timedelta(days=90),
        last_day=workshop.last_day - timedelta(days=90),
        closed_at=timezone.now() - timedelta(days=88),
    )
    works(ana, lab)
    workshop.refresh_from_db()
    closing.close(workshop, ngozi)
    assert LabSession.objects.get().state == State.READY


@pytest.mark.django_db(transaction=True)
def test_a_lab_started_after_the_close_on_the_same_day_is_private(workshop, lab, ana, queue, ngozi):
    closing.close(workshop, ngozi)
    works(ana, lab)
    closing.close(Workshop.objects.get(pk=workshop.pk), ngozi)
    assert LabSession.objects.get().state == State.READY


def test_the_report_of_last_year_does_not_change_with_labs_of_today(workshop, lab, ana):
    year = timedelta(weeks=52)
    then = {"created_at": timezone.now() - year, "state": State.STOPPED}
    workshop.seats.update(joined_at=timezone.now() - year - timedelta(hours=1))
    works(ana, lab, ["on", "still"], ago=0, **then)
    Workshop.objects.update(first_day=workshop.first_day - year, last_day=workshop.last_day - year)
    workshop.refresh_from_db()
    before = Report(workshop).minutes
    assert before[0][1]
    works(ana, lab, minutes=30)
    assert Report(workshop).minutes == before
    assert Room.of(workshop).tiles[0].session.state == State.STOPPED


def test_a_workshop_that_is_over_cannot_get_new_days(workshop, ana, clients):
    is_over(workshop, "by the calendar")
    days = {"first_day": workshop.first_day, "last_day": workshop.last_day, "time_zone": "UTC", "language": "en"}
    facts = {"title": "Moana NOG 6a", "seat_count": "5", "pass_percent": "70", **days}
    edit = f"/workshops/{workshop.pk}/edit"
    today = timezone.now().date()
    page = clients["lead"].post(edit, facts | {"last_day": today + timedelta(days=1)})
    assert "Copy it to another year instead." in page.content.decode()
    assert Workshop.objects.get(pk=workshop.pk).is_over
    assert clients["lead"].post(edit, facts).status_code == 302
    assert Workshop.objects.get(pk=workshop.pk).title == "Moana NOG 6a"


@pytest.mark.django_db(transaction=True)
def test_after_reopening_the_team_can_act_on_its_labs_again(workshop, lab, ana, ngozi, hedy, queue):
    closing.close(workshop, ngozi)
    session = works(ana, lab)
    assert observing.observable_session(ana) is None
    assert closing.reopen(workshop, ngozi)
    ana.workshop.refresh_from_db()
    assert observing.observable_session(ana) == session
    assert seat_actions.extend(workshop, [ana], hedy, 10).done == 1


def test_observing_ends_when_the_lab_is_removed_from_the_agenda(workshop, lab, ana, hedy):
    observing.begin(ana, works(ana, lab), hedy)
    workshop.agenda.update(labs=[])
    observing.end_stale()
    assert Observer.objects.get().ended_at


def test_a_workshop_whose_last_day_is_over_cannot_be_reopened(workshop, clients):
    days = {"first_day": workshop.first_day - timedelta(days=9), "last_day": workshop.first_day - timedelta(days=7)}
    Workshop.objects.update(closed_at=timezone.now(), **days)
    assert "Reopen workshop" not in clients["lead"].get(f"/workshops/{workshop.pk}/report").content.decode()
    clients["lead"].post(f"/workshops/{workshop.pk}/reopen")
    workshop.refresh_from_db()
    assert workshop.closed_at


@pytest.mark.django_db(transaction=True)
def test_an_unused_workshop_is_deleted_with_its_plan(workshop, lab, clients, queue, engine):
    agenda_items.build_ahead(adds_item(workshop, labs=[lab.id]))
    workshop.seats.create(number=1, name="Ana")
    rehearsal.begin(workshop)
    rehearsal.step()
    where = f"/workshops/{workshop.pk}/delete"
    assert where in clients["lead"].get(f"/workshops/{workshop.pk}/").content.decode()
    assert clients["helper"].post(where).status_code == 403
    assert "You cannot undo this" in clients["lead"].get(where).content.decode()
    assert "“Moana NOG 6” was deleted." in clients["lead"].post(where, follow=True).content.decode()
    assert not Workshop.objects.filter(pk=workshop.pk).exists()
    assert not PoolSize.objects.exists()
    assert LabSession.objects.get().state in (State.STOPPING, State.STOPPED)
    assert clients["lead"].get(where).status_code == 404


@pytest.mark.parametrize("done", ["a seat", "an agenda item", "a certificate"])
def test_a_used_workshop_cannot_be_deleted(done, workshop, lab, ada, clients):
    if done == "a seat":
        sits(workshop, "Ana")
    elif done == "an agenda item":
        adds_item(workshop, opened_at=timezone.now())
    else:
        Credential.objects.create(learner=ada, achievement=f"workshop/{workshop.pk}", content={})
    assert "Delete …" not in clients["lead"].get(f"/workshops/{workshop.pk}/").content.decode()
    answer = clients["lead"].post(f"/workshops/{workshop.pk}/delete")
    assert answer.status_code == 409
    assert "This workshop cannot be deleted" in answer.content.decode()
    assert Workshop.objects.filter(pk=workshop.pk).exists()


@pytest.fixture
def class_lab(shared, seated, engine, queue):
    """The class lab in its container, with Sina and Tavita in it."""
    engine.start(str(shared.pk), versions.of(shared), generation=shared.generation)
    return shared


def settles(queue):
    for _step in range(4):
        queue()
        closing.continue_closing()


@pytest.mark.django_db(transaction=True)
def test_a_class_lab_is_checked_for_all_who_sit_there_and_stopped(workshop, class_lab, seated, queue, ngozi):
    services.request_check(
        class_lab, seat=class_lab.seats.get(user=seated[0].user)
    )  # one asks in the moment of the close
    closing.close(workshop, ngozi)
    settles(queue)
    class_lab.refresh_from_db()
    workshop.refresh_from_db()
    assert class_lab.state == State.STOPPED
    assert workshop.settled_at
    graded = class_lab.attempts.filter(asked_at__gte=workshop.closed_at).values_list("learner", flat=True)
    assert {seat.user_id for seat in seated} - {seated[0].user_id} <= set(graded)
    assert {one.learner_id for one in class_lab.attempts.all()} == {seat.user_id for seat in seated}
    own = signed_in(seated[0].user).get(f"/labs/sessions/{class_lab.pk}/").text
    assert "The workshop was closed." in own
    assert "resume it here" not in own


@pytest.mark.django_db(transaction=True)
def test_a_class_lab_of_two_rooms_runs_until_both_are_closed(workshop, class_lab, seated, lab, queue, ngozi):
    days = {"first_day": workshop.first_day, "last_day": workshop.last_day}
    second = workshop_changes.make(Workshop(title="Second room", **days), ngozi)
    adds_item(second, labs=[lab.id], opened_at=timezone.now())
    joining.take_seat(second, "Sina", user=seated[0].user)
    closing.close(workshop, ngozi)
    settles(queue)
    workshop.refresh_from_db()
    class_lab.refresh_from_db()
    assert workshop.settled_at
    assert class_lab.state == State.READY
    closing.close(second, ngozi)
    settles(queue)
    class_lab.refresh_from_db()
    assert class_lab.state == State.STOPPED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["seats", "page"])
def test_a_lab_that_the_close_stopped_says_so_and_is_resumed_after_a_reopen(
    workshop, lab, ana, queue, engine, ngozi, clients, way
):
    session = services.request_session(ana.user, lab.id)
    queue()
    session.refresh_from_db()
    session.touch(worked=True)
    closing.close(workshop, ngozi)
    settles(queue)
    own = text_of(signed_in(ana.user))
    assert "The workshop was closed. Your work is saved, and you can resume it here." in own
    assert (
        end_of_day.to_be_resumed(timezone.now() - timedelta(days=1)) == []
    )  # the site does not resume a closed workshop
    workshop.refresh_from_db()
    closing.reopen(workshop, ngozi)
    if way == "seats":
        assert seat_actions.resume(workshop, [ana], ngozi).done == 1
    else:
        where = f"/workshops/{workshop.pk}/end-day"
        assert "It also resumes labs that were stopped when the workshop was closed" in clients["lead"].get(where).text
        clients["lead"].post(where, {"what": "resume"})
    assert LabSession.objects.live().get().learner == ana.user


@pytest.fixture
def exam(workshop, lab, ana):
    return adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_an_exam_that_nobody_began_can_be_opened_after_a_close_by_mistake(workshop, exam, ana, ngozi, queue):
    """Regression: the close ended it for good."""
    closing.close(workshop, ngozi)
    exam.refresh_from_db()
    assert (exam.opened_at, exam.ended_at) == (None, None)
    workshop.refresh_from_db()
    assert closing.reopen(workshop, ngozi)
    assert exams.open_exam(exam, ngozi)
    exam.refresh_from_db()
    assert exams.may_begin(exam, ana)


@pytest.mark.django_db(transaction=True)
def test_an_exam_that_somebody_began_is_ended_by_the_close(workshop, exam, ana, ngozi, queue):
    exams.begin(exam, ana)
    closing.close(workshop, ngozi)
    exam.refresh_from_db()
    assert exam.opened_at
    assert exam.ended_at
    assert exam.sittings.get().handed_in_at


def test_an_exam_that_was_ended_before_the_close_stays_ended(workshop, exam, ngozi):
    assert exams.end(exam, ngozi)
    closing.close(workshop, ngozi)
    exam.refresh_from_db()
    assert exam.ended_at


def test_an_exam_that_is_closed_again_from_an_old_page_has_not_ended(workshop, exam, ana, ngozi, clients):
    """Regression: it could be opened, and had ended for ever."""
    assert exams.end(exam, ngozi)
    assert exams.open_results(exam, ngozi)
    clients["lead"].post(f"/workshops/{workshop.pk}/room/close/{exam.pk}")
    exam.refresh_from_db()
    assert (exam.opened_at, exam.ended_at, exam.results_opened_at) == (None, None, None)
    assert exams.open_exam(exam, ngozi)
    exam.refresh_from_db()
    assert exams.may_begin(exam, ana)


def test_the_close_says_before_what_it_does_to_an_open_exam(workshop, exam, ana, clients, queue):
    page = f"/workshops/{workshop.pk}/report"
    assert "“Final” is open, and nobody has begun it. The close closes it again" in clients["lead"].get(page).text
    exams.begin(exam, ana)
    assert "“Final” is open. The close ends it for everybody" in clients["lead"].get(page).text
    assert exams.end(exam, ana.user)
    assert "“Final” is open" not in clients["lead"].get(page).text


def test_a_close_and_a_reopening_reach_the_open_pages_of_all_seats(workshop, item, lab, ana, published, ngozi):
    session = works(ana, lab)
    closing.close(workshop, ngozi)
    assert published[-1] == "closed"
    published.clear()
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)
    closing.continue_closing()
    assert published == ["closed"], "the labs have had their last checks"
    workshop.refresh_from_db()
    closing.reopen(workshop, ngozi)
    assert published == ["closed", "reopen"]


def test_the_page_of_a_seat_has_the_two_parts_that_a_close_changes(workshop, item, ana):
    """They are there from the beginning: the script of the page fetches and replaces them."""
    laptop, page = signed_in(ana.user), f"/workshops/{workshop.pk}/mine"
    for word, closed_at in (("", None), ("This workshop is closed.", timezone.now())):
        Workshop.objects.update(closed_at=closed_at)
        text = text_of(laptop, page)
        assert f'<div id="agenda" data-url="{page}">' in text
        assert word in text.partition('<div id="end">')[2].partition("</div>")[0]
