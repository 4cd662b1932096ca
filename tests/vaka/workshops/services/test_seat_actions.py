"""What ngozi and hedy do in the room: to one seat, some or all. Each thing is kept, and its trainee reads it."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone, translation

from labs.models import Job, LabSession, Observer, State
from labs.terminals import permissions, tokens
from tests.builders import signed_in
from tests.vaka.workshops.conftest import session_of, sits, works
from vaka.workshops import tasks
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import closing, joining, observing, planning, seat_actions


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


@pytest.fixture
def ben(workshop, item):
    return sits(workshop, "Ben")


def acts(client, workshop, what, *seats, **more):
    return client.post(f"/workshops/{workshop.pk}/room/act", {"what": what, "seats": seats, **more})


def reads(seat, page="mine"):
    """The page of a trainee, with its strip."""
    client = signed_in(seat.user)
    client.get(f"/workshops/{seat.workshop_id}/mine")  # remembers that he sits here
    path = f"/workshops/{seat.workshop_id}/mine" if page == "mine" else page
    return unescape(client.get(path).content.decode())


def test_a_message_is_for_some_and_a_broadcast_for_all_on_each_of_their_pages(workshop, ana, ben, clients):
    acts(clients["helper"], workshop, "message", 1, text="Look at r1's <neighbor>.")
    acts(clients["helper"], workshop, "message", all="1", text="Lunch at twelve.")
    assert "Look at r1's <neighbor>." in reads(ana, "/courses/")
    assert "Lunch at twelve." in reads(ana, "/courses/")
    assert "Lunch at twelve." in reads(ben)
    assert "neighbor" not in reads(ben)
    acts(clients["helper"], workshop, "message", 1, text="  ")
    assert SeatLogEntry.objects.count() == 2
    SeatLogEntry.objects.update(at=timezone.now() - timedelta(hours=1))
    assert "Lunch" not in reads(ana, "/courses/")
    assert "Lunch" in reads(ana)  # in the log


def test_time_is_given_to_whose_lab_runs_and_the_others_are_named(workshop, lab, ana, ben, clients):
    session = works(ana, lab)
    page = acts(clients["helper"], workshop, "extend", 1, 2, minutes="15", follow=True)
    assert page.url == f"/workshops/{workshop.pk}/room"
    assert LabSession.objects.get().ends_at == session.ends_at + timedelta(minutes=15)
    said = clients["helper"].get(page.url).content.decode()
    assert "Done at 1 seat." in said
    assert "Not at seats 2" in said
    assert "More time" in reads(ana)
    assert "More time" not in reads(ben)


@pytest.mark.django_db(transaction=True)
def test_reset_and_jump_are_asked_of_the_chosen_labs(workshop, lab, ana, ben, clients, queue):
    first, second = works(ana, lab), works(ben, lab)
    acts(clients["helper"], workshop, "reset", 1)
    acts(clients["helper"], workshop, "jump", 2, stage="first-light|file")
    assert [(job.session, job.kind, job.stage) for job in Job.objects.order_by("pk")] == [
        (first, "reset", ""),
        (second, "jump", "file"),
    ]
    said = acts(clients["lead"], workshop, "jump", all="1", stage="first-light|file")
    assert Job.objects.count() == 2
    assert "Not at seats 1" in clients["lead"].get(said.url).content.decode()  # its reset is not done yet
    assert acts(clients["lead"], workshop, "jump", 1, stage="nowhere|x").status_code == 404
    assert [(deed.kind, deed.seat, deed.text) for deed in SeatLogEntry.objects.order_by("pk")][:2] == [
        ("reset", ana, ""),
        ("jump", ben, "A file"),
    ]


def test_a_helper_cannot_reset_the_whole_room(workshop, lab, ana, clients):
    works(ana, lab)
    assert acts(clients["helper"], workshop, "reset", all="1").status_code == 403
    assert acts(clients["helper"], workshop, "jump", all="1", stage="first-light|file").status_code == 403
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_waits_is_put_first_in_line(workshop, lab, ana, ben, clients, queue):
    for seat in (ana, ben):
        waits = {"lab": lab.id, "lab_version": lab.version, "learner": seat.user}
        LabSession.objects.create(**waits, created_at=timezone.now() - timedelta(minutes=5))
    acts(clients["helper"], workshop, "first", 2)
    assert LabSession.objects.get(learner=ben.user).priority > LabSession.objects.get(learner=ana.user).priority
    assert SeatLogEntry.objects.get().seat == ben


def test_a_pause_is_said_on_every_page_and_the_labs_get_its_time_back(workshop, lab, ana, clients):
    session = works(ana, lab, minutes=30)
    clients["lead"].post(f"/workshops/{workshop.pk}/room/pause")
    clients["lead"].post(f"/workshops/{workshop.pk}/room/pause")
    assert SeatLogEntry.objects.filter(kind="pause").count() == 1
    assert "Paused: look up" in reads(ana, "/labs/first-light/")
    assert "The room is paused" in clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=12))
    clients["lead"].post(f"/workshops/{workshop.pk}/room/resume")
    clients["lead"].post(f"/workshops/{workshop.pk}/room/resume")
    later = LabSession.objects.get().ends_at - session.ends_at
    assert timedelta(minutes=12) < later < timedelta(minutes=13)
    assert "Paused" not in reads(ana, "/labs/first-light/")


def test_trainees_see_a_session_once_it_is_opened(workshop, lab, ana, clients):
    coming = session_of(workshop, "Second light", labs=[lab.id])
    assert "Second light" not in reads(ana)
    assert "Open: Second light" in clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{coming.pk}")
    assert "Second light" in reads(ana)
    assert SeatLogEntry.objects.get().kind == "open"


def token_of(client, workshop, **more):
    return client.post(f"/workshops/{workshop.pk}/room/1/visit/terminal-token", {"node": "r1", **more})


def held(answer):
    return tokens.read(answer.json()["token"])


def test_hedy_looks_on_and_types_only_while_ana_allows_it(workshop, lab, ana, hedy, clients):
    session = works(ana, lab)
    where = f"/workshops/{workshop.pk}/room/1"
    assert token_of(clients["helper"], workshop).status_code == 409  # not before she has said that she looks
    clients["helper"].post(f"{where}/look")
    assert "Hedy Lamarr looks on at your terminals." in reads(ana, "/labs/first-light/")
    seen = held(token_of(clients["helper"], workshop, mode="control"))
    assert seen.mode is tokens.Mode.VIEW
    typed = tokens.read(tokens.issue(hedy.pk, session.pk, "r1", "1", "control"))
    assert set(permissions.refusals([seen, typed])) == {typed.id}

    clients["helper"].post(f"{where}/visit/ask")
    clients["helper"].post(f"{where}/visit/ask")
    visit = Observer.objects.get()
    assert "asks to type in your lab." in reads(ana, "/labs/first-light/")
    consent = f"/workshops/{workshop.pk}/mine/observers/{visit.pk}"
    anas = signed_in(ana.user)
    anas.post(consent, {"answer": "yes"})
    assert "Hedy Lamarr types with you." in reads(ana)
    assert held(token_of(clients["helper"], workshop, mode="control")).mode is tokens.Mode.CONTROL
    assert held(token_of(clients["helper"], workshop, mode="view")).mode is tokens.Mode.VIEW
    assert permissions.refusals([seen, typed]) == {}

    anas.post(consent, {"answer": "no"})
    assert set(permissions.refusals([seen, typed])) == {typed.id}
    clients["helper"].post(f"{where}/visit/leave")
    assert set(permissions.refusals([seen, typed])) == {seen.id, typed.id}
    kinds = ["look", "ask", "allowed", "control", "refused", "leave"]
    assert [deed.kind for deed in SeatLogEntry.objects.order_by("pk")] == kinds
    for word in (
        "Looked on at your terminals",
        "May type in your lab: you said yes",
        "Opened a terminal of yours to type in",
        "May not type in your lab: you said no",
        "Left your lab",
    ):
        assert word in reads(ana)


def log():
    return [deed.kind for deed in SeatLogEntry.objects.order_by("pk")]


def test_the_log_says_of_a_no_that_it_was_a_no_and_of_a_yes_nothing_more(workshop, lab, ana, hedy):
    visit = observing.look_on(ana, works(ana, lab), hedy)
    observing.refuse(ana, visit)  # nobody has asked
    assert log() == ["look"]
    observing.ask(ana, visit)
    observing.refuse(ana, visit)
    assert log() == ["look", "ask", "refused"]
    observing.ask(ana, visit)
    observing.allow(ana, visit)
    assert log()[3:] == ["ask", "allowed"]  # hedy has typed nothing yet


def test_nothing_is_written_of_a_visit_that_is_over(workshop, lab, ana, hedy):
    visit = observing.look_on(ana, works(ana, lab), hedy)
    observing.ask(ana, visit)
    late = Observer.objects.get()
    observing.leave(ana, visit)
    observing.allow(ana, late)
    observing.refuse(ana, late)
    observing.leave(ana, late)
    assert log() == ["look", "ask", "leave"]


def ends_by_itself(how, workshop, session):
    if how == "two hours":
        long_ago = timezone.now() - timedelta(hours=2, seconds=1)
        Observer.objects.update(began_at=long_ago)
        SeatLogEntry.objects.update(at=long_ago)
    elif how == "the lab":
        session.move_to(State.STOPPING)
    else:
        yesterday = workshop.today - timedelta(days=1)
        Workshop.objects.update(first_day=yesterday, last_day=yesterday)


@pytest.mark.parametrize("how", ["two hours", "the lab", "the workshop"])
def test_a_visit_that_nobody_ends_is_ended_and_ana_reads_when(workshop, lab, ana, hedy, how):
    session = works(ana, lab)
    observing.look_on(ana, session, hedy)
    tasks.end_observing()
    assert log() == ["look"]
    ends_by_itself(how, workshop, session)
    tasks.end_observing()
    tasks.end_observing()
    assert log() == ["look", "leave"]
    assert Observer.objects.get().ended_at


def test_who_looks_on_again_after_two_hours_has_left_before(workshop, lab, ana, hedy):
    session = works(ana, lab)
    observing.look_on(ana, session, hedy)
    ends_by_itself("two hours", workshop, session)
    observing.look_on(ana, session, hedy)
    assert log() == ["look", "leave", "look"]


def test_the_end_of_a_role_or_of_one_workshop_is_written_and_ends_no_visit_of_another(workshop, lab, ana, ngozi, hedy):
    today = workshop.today
    second = planning.make(Workshop(title="Evening class", first_day=today, last_day=today), hedy)
    session_of(second, labs=[lab.id], opened_at=timezone.now())
    session = works(ana, lab)
    there = joining.take(second, "Ana", user=ana.user)
    observing.look_on(there, session, hedy)
    observing.look_on(ana, session, ngozi)
    closing.close(workshop, ngozi)
    assert [(visit.user, visit.ended_at is not None) for visit in Observer.objects.order_by("pk")] == [
        (hedy, False),
        (ngozi, True),
    ]
    observing.end_all(second, hedy)
    assert [(deed.kind, deed.seat, deed.by) for deed in SeatLogEntry.objects.order_by("pk")][2:] == [
        ("close", None, ngozi),
        ("leave", ana, ngozi),
        ("leave", there, hedy),
    ]


def test_opening_terminals_to_type_is_written_once_for_each_time_that_it_was_allowed(workshop, lab, ana, hedy, clients):
    visit = observing.look_on(ana, works(ana, lab), hedy)
    for _time in range(2):
        observing.ask(ana, visit)
        observing.allow(ana, visit)
        token_of(clients["helper"], workshop, mode="view")
        token_of(clients["helper"], workshop, mode="control")
        token_of(clients["helper"], workshop, mode="control")
        observing.refuse(ana, visit)
    assert log() == ["look", *["ask", "allowed", "control", "refused"] * 2]


def test_nobody_answers_for_ana_and_nobody_else_gets_in(workshop, lab, ana, ben, hedy, clients):
    session = works(ana, lab)
    visit = observing.look_on(ana, session, hedy)
    observing.ask(ana, visit)
    for stranger in (signed_in(ben.user), clients["helper"], clients["lead"]):
        assert (
            stranger.post(f"/workshops/{workshop.pk}/mine/observers/{visit.pk}", {"answer": "yes"}).status_code == 404
        )
    assert token_of(clients["lead"], workshop).status_code == 409  # she has not said that she looks on
    assert token_of(clients["other"], workshop).status_code == 404
    stolen = tokens.read(tokens.issue(ben.user_id, session.pk, "r1", "1", "view"))
    assert set(permissions.refusals([stolen])) == {stolen.id}
    visit.refresh_from_db()
    assert not visit.may_type


def test_a_visit_cannot_be_allowed_that_was_not_asked_for(workshop, lab, ana, hedy):
    visit = observing.look_on(ana, works(ana, lab), hedy)
    observing.allow(ana, visit)
    assert not visit.may_type


def test_a_visit_ends_with_the_role_and_after_two_hours(workshop, lab, ana, hedy, ngozi, clients):
    session = works(ana, lab)
    observing.look_on(ana, session, hedy)
    seen = tokens.read(tokens.issue(hedy.pk, session.pk, "r1", "1", "view"))
    assert permissions.refusals([seen]) == {}
    clients["lead"].post(f"/workshops/{workshop.pk}/staff/{workshop.staff.get(user=hedy).pk}/remove")
    assert set(permissions.refusals([seen])) == {seen.id}
    assert observing.of_seat(ana) == []
    observing.look_on(ana, session, ngozi)
    Observer.objects.filter(user=ngozi).update(began_at=timezone.now() - timedelta(hours=3))
    hers = tokens.read(tokens.issue(ngozi.pk, session.pk, "r1", "1", "view"))
    assert set(permissions.refusals([hers])) == {hers.id}
    observing.look_on(ana, session, ngozi)
    assert permissions.refusals([hers]) == {}


def test_the_visitor_s_page_shows_the_trainee_s_terminals_to_look_at(workshop, lab, ana, clients):
    assert clients["helper"].post(f"/workshops/{workshop.pk}/room/1/look").url.endswith("/room/1")  # no lab runs
    works(ana, lab)
    there = clients["helper"].post(f"/workshops/{workshop.pk}/room/1/look").url
    page = unescape(clients["helper"].get(there).content.decode())
    assert '{"name": "r1", "kind": "frr", "typeable": false}' in page
    assert '"up"' not in page  # not a trainee's node
    LabSession.objects.update(state=State.STOPPED)
    assert clients["helper"].get(there).url == f"/workshops/{workshop.pk}/room/1"


def test_a_seat_of_nobody_is_acted_on_by_nobody(workshop, item, clients):
    joining.take(workshop, "Ana")
    assert "Choose at least one seat first." in acts_and_reads(clients["lead"], workshop, "extend")
    assert acts(clients["lead"], workshop, "dance", 1).status_code == 404
    assert acts(clients["other"], workshop, "message", all="1", text="Hello").status_code == 404
    assert seat_actions.extend(workshop, [], workshop.staff.first().user, 10) == seat_actions.Done(0)


def acts_and_reads(client, workshop, what, *seats):
    return client.get(acts(client, workshop, what, *seats).url).content.decode()


def test_a_stage_in_the_log_is_named_in_the_language_of_who_reads_it(workshop, lab, ana, ngozi, monkeypatch):
    session = works(ana, lab)
    said = {"A file": "Se faila"}
    monkeypatch.setattr(translation._trans, "gettext", lambda message: said.get(message, message))
    assert seat_actions.jump(workshop, [ana], ngozi, lab, "file").done == 1
    assert session.jobs.get().stage == "file"
    assert workshop.log_entries.get().text == "A file"  # as its author wrote it: others read it in other languages
    assert "Se faila" in signed_in(ana.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
