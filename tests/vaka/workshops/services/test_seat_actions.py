"""The actions of Ngozi and Hedy on seats: one, several or all. Each action is in the seat log."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from labs import failure_sentences
from labs.models import Job, LabSession, State
from tests.builders import signed_in
from tests.vaka.workshops.conftest import reads, sits, works
from vaka.workshops.models import SeatLogEntry
from vaka.workshops.services import joining, raised_hands, seat_actions


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


@pytest.fixture
def ben(workshop, item):
    return sits(workshop, "Ben")


def acts(client, workshop, action, *seats, **more):
    return client.post(f"/workshops/{workshop.pk}/room/action", {"action": action, "seats": seats, **more})


def test_a_message_reaches_the_selected_seats_or_all_seats_on_every_page(workshop, ana, ben, clients):
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
    assert "Lunch" in reads(ana)  # in the seat log


def test_time_is_added_to_running_labs_and_the_other_seats_are_named(workshop, lab, ana, ben, clients):
    session = works(ana, lab)
    page = acts(clients["helper"], workshop, "extend", 1, 2, minutes="15", follow=True)
    assert page.url == f"/workshops/{workshop.pk}/room"
    assert LabSession.objects.get().ends_at == session.ends_at + timedelta(minutes=15)
    said = clients["helper"].get(page.url).content.decode()
    assert "Done at 1 seat." in said
    assert "Not done at seats 2" in said
    assert "Time added" in reads(ana)
    assert "Time added" not in reads(ben)


@pytest.mark.django_db(transaction=True)
def test_selected_labs_are_reset_and_moved_to_a_stage(workshop, lab, ana, ben, clients, queue):
    first, second = works(ana, lab), works(ben, lab)
    acts(clients["helper"], workshop, "reset", 1)
    acts(clients["helper"], workshop, "skip_to_stage", 2, stage="first-light|file")
    assert [(job.session, job.kind, job.stage) for job in Job.objects.order_by("pk")] == [
        (first, "reset", ""),
        (second, "skip", "file"),
    ]
    said = acts(clients["lead"], workshop, "skip_to_stage", all="1", stage="first-light|file")
    assert Job.objects.count() == 2
    assert "Not done at seats 1" in clients["lead"].get(said.url).content.decode()  # its reset is not done yet
    assert acts(clients["lead"], workshop, "skip_to_stage", 1, stage="nowhere|x").status_code == 404
    assert [(entry.kind, entry.seat, entry.text) for entry in SeatLogEntry.objects.order_by("pk")][:2] == [
        ("reset", ana, ""),
        ("skip_to_stage", ben, "A file"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_skip_of_the_whole_room_leaves_those_alone_who_have_come_as_far(workshop, lab, ana, ben, clients, queue):
    ahead, behind = works(ana, lab, passed=["on", "still"]), works(ben, lab)
    said = acts(clients["lead"], workshop, "skip_to_stage", all="1", stage="first-light|file")
    assert [job.session for job in Job.objects.all()] == [behind]
    assert "Left as they are: seats 1." in clients["lead"].get(said.url).content.decode()
    acts(clients["lead"], workshop, "skip_to_stage", 1, stage="first-light|file")
    assert Job.objects.filter(session=ahead, kind=Job.Kind.SKIP).exists()


def test_a_helper_cannot_reset_the_whole_room(workshop, lab, ana, clients):
    works(ana, lab)
    assert acts(clients["helper"], workshop, "reset", all="1").status_code == 403
    assert acts(clients["helper"], workshop, "skip_to_stage", all="1", stage="first-light|file").status_code == 403
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_waiting_seat_is_put_first_in_the_queue(workshop, lab, ana, ben, clients, queue):
    for seat in (ana, ben):
        waits = {"lab": lab.id, "lab_version": lab.version, "learner": seat.user}
        LabSession.objects.create(**waits)
    acts(clients["helper"], workshop, "put_first", 2)
    assert LabSession.objects.get(learner=ben.user).priority > LabSession.objects.get(learner=ana.user).priority
    assert SeatLogEntry.objects.get().seat == ben


def test_an_action_needs_a_selected_seat_a_known_name_and_a_team_member(workshop, item, clients):
    joining.take_seat(workshop, "Ana")
    assert "Select at least one seat." in acts_and_reads(clients["lead"], workshop, "extend")
    assert acts(clients["lead"], workshop, "dance", 1).status_code == 404
    assert acts(clients["other"], workshop, "message", all="1", text="Hello").status_code == 404
    assert seat_actions.extend(workshop, [], workshop.team.first().user, 10) == seat_actions.ActionOutcome(0)


def acts_and_reads(client, workshop, what, *seats):
    return client.get(acts(client, workshop, what, *seats).url).content.decode()


def test_the_log_names_a_stage_in_the_language_of_its_reader(workshop, lab, ana, ngozi, monkeypatch):
    session = works(ana, lab)
    said = {"A file": "Se faila"}
    monkeypatch.setattr(translation._trans, "gettext", lambda message: said.get(message, message))
    assert seat_actions.skip_to_stage(workshop, [ana], ngozi, lab, "file").done == 1
    assert session.jobs.get().stage == "file"
    assert workshop.log_entries.get().text == "A file"  # the author's text: each reader gets a translation of it
    assert "Se faila" in signed_in(ana.user).get(f"/workshops/{workshop.pk}/mine").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_labs_of_some_seats_are_saved_and_stopped_and_resumed(workshop, lab, ana, ben, clients, queue):
    first, second = works(ana, lab), works(ben, lab)
    acts(clients["helper"], workshop, "stop", 1)
    assert [LabSession.objects.get(pk=one.pk).state for one in (first, second)] == [State.STOPPING, State.READY]
    LabSession.objects.filter(pk=first.pk).update(state=State.STOPPED, stopped_at=timezone.now())
    acts(clients["helper"], workshop, "resume", 1)
    assert LabSession.objects.live().filter(learner=ana.user).exists()
    kinds = SeatLogEntry.objects.order_by("pk").values_list("kind", "seat")
    assert list(kinds) == [("end_day", ana.pk), ("resume_labs", ana.pk)]
    said = acts_and_reads(clients["helper"], workshop, "resume", 2)
    assert "Not done at seats 2" in said


def test_a_question_is_answered_and_marked_as_done_in_one_step(workshop, ana, clients):
    raised_hands.raise_hand(ana, "Why no routes?")
    page = clients["helper"].get(f"/workshops/{workshop.pk}/room/1").text
    assert "Answer and mark as done" in page
    about = f"hand:{ana.hands.get().pk}"
    acts(clients["helper"], workshop, "", 1, done="1", about=about, text="  ")  # an empty answer settles nothing
    assert ana.hands.get().lowered_at is None
    acts(clients["helper"], workshop, "", 1, done="1", about=about, text="There is no policy.")
    assert ana.hands.get().lowered_at
    assert "There is no policy." in reads(ana, "/courses/")


def test_selecting_every_seat_is_the_whole_room(workshop, lab, ana, ben, clients):
    works(ana, lab)
    for action in ("reset", "stop", "resume"):
        assert acts(clients["helper"], workshop, action, 1, 2).status_code == 403
    assert acts(clients["helper"], workshop, "reset", 1).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_trainee_reads_who_reset_or_moved_their_lab_and_what_to_do(workshop, lab, ana, ben, clients, queue):
    works(ana, lab)
    works(ben, lab)
    acts(clients["helper"], workshop, "reset", 1)
    acts(clients["helper"], workshop, "skip_to_stage", 2, stage="first-light|file")
    for job in Job.objects.all():
        job.end()
    assert "Hedy Lamarr reset all nodes of your lab" in reads(ana, "/courses/")
    assert "begin with the first stage" in reads(ana, "/courses/")
    assert "Hedy Lamarr skipped your lab ahead to the stage “A file”. All nodes are configured for it." in reads(
        ben, "/courses/"
    )


@pytest.mark.django_db(transaction=True)
def test_while_a_reset_runs_nobody_reads_that_it_is_done(workshop, lab, ana, ben, clients, queue):
    """Regression: “… reset all nodes of your lab” stood there before the reset began, and also if it failed."""
    works(ana, lab)
    works(ben, lab)
    said = acts_and_reads(clients["helper"], workshop, "reset", 1)
    assert "Begun at 1 seat. If it fails, you read so under “Help needed”." in said
    acts(clients["helper"], workshop, "skip_to_stage", 2, stage="first-light|file")
    assert "Hedy Lamarr resets all nodes of your lab now." in reads(ana, "/courses/")
    assert "data-under-way" in reads(ana, "/courses/")  # its script asks until the end
    assert "Hedy Lamarr skips your lab ahead to the stage “A file” now." in reads(ben, "/courses/")
    assert "Lab reset</b> (running now)" in reads(ana)
    assert "failed" not in clients["helper"].get(f"/workshops/{workshop.pk}/room").text.partition('id="fails"')[0]


@pytest.mark.django_db(transaction=True)
def test_a_reset_that_fails_is_told_to_the_trainee_and_the_team(workshop, lab, ana, ben, clients, queue):
    works(ana, lab)
    works(ben, lab)
    acts(clients["helper"], workshop, "reset", 1)
    acts(clients["helper"], workshop, "skip_to_stage", 2, stage="first-light|file")
    for job in Job.objects.all():
        job.end(failure_sentences.JOB_TOO_LONG)
    why = "This took too long, so it was ended."
    assert f"Hedy Lamarr wanted to reset all nodes of your lab. The reset failed. {why}" in reads(ana, "/courses/")
    assert f"to the stage “A file”. The skip failed. {why}" in reads(ben, "/courses/")
    assert "data-under-way" not in reads(ana, "/courses/")
    assert f"<b>failed.</b> {why}" in reads(ana)
    room = clients["helper"].get(f"/workshops/{workshop.pk}/room").text
    assert f"The reset failed. {why}" in room
    assert f"The skip to a stage failed. {why}" in room
    about = f"ours:log:{SeatLogEntry.objects.get(seat=ana).pk}"
    clients["helper"].post(f"/workshops/{workshop.pk}/room/done", {"seat": "1", "about": about})
    acts(clients["helper"], workshop, "skip_to_stage", 2, stage="first-light|file")  # again
    room = clients["helper"].get(f"/workshops/{workshop.pk}/room").text
    assert why not in room.partition('id="fails"')[0]


@pytest.mark.django_db(transaction=True)
def test_a_reset_that_failed_stays_on_the_list_until_it_is_marked_as_done(workshop, lab, ana, clients, queue):
    """Regression: it left the list after a quarter of an hour, whether or not anybody had helped."""
    works(ana, lab)
    acts(clients["helper"], workshop, "reset", 1)
    Job.objects.get().end(failure_sentences.JOB_TOO_LONG)
    room, an_hour = f"/workshops/{workshop.pk}/room", timedelta(hours=1)
    SeatLogEntry.objects.update(at=timezone.now() - an_hour)
    assert "The reset failed." in clients["helper"].get(room).text
    about = f"ours:log:{SeatLogEntry.objects.get(seat=ana).pk}"
    clients["helper"].post(f"{room}/done", {"seat": "1", "about": about})
    SeatLogEntry.objects.update(at=timezone.now() - an_hour)
    assert "The reset failed." not in clients["helper"].get(room).text


@pytest.mark.django_db(transaction=True)
def test_a_reset_that_failed_is_no_need_of_a_trainee_who_works_in_another_lab(workshop, lab, ana, clients, queue):
    works(ana, lab)
    acts(clients["helper"], workshop, "reset", 1)
    Job.objects.get().end(failure_sentences.JOB_TOO_LONG)
    LabSession.objects.update(state=State.STOPPED)
    works(ana, lab)
    assert "The reset failed." not in clients["helper"].get(f"/workshops/{workshop.pk}/room").text
