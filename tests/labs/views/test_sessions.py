"""The page of all sessions: Olga of the staff sees who runs what, stops, gives time, and puts first. Instructors: test_reach."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from labs.lifecycle import class_labs, usage, worker
from labs.models import ClassSeat, LabSession, Save, State

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"


@pytest.fixture
def waiting(linus, other_lab):
    return LabSession.objects.create(learner=linus, lab=other_lab.id, lab_version=other_lab.version)


def said(client):
    return [str(message) for message in client.get(PAGE).context["messages"]]


def log():
    return [(entry.user.username, entry.change_message) for entry in LogEntry.objects.order_by("pk")]


def test_who_runs_what_and_who_waits(ready, waiting, lab, other_lab, olga_client, broker):
    usage.events.broker().flushdb()
    usage.read()
    usage.measure()
    page = olga_client.get(PAGE)
    first, second = page.context["roll"].live
    assert (first.people, first.title, first.use.megabytes, first.wait) == (["Ada Lovelace"], lab.title, 63, None)
    assert (second.people, second.title, second.wait.place) == (["Linus Torvalds"], other_lab.title, 1)
    assert "63 MB" in page.text
    assert "number 1" in page.text


def test_it_is_narrowed_down_to_a_lab_or_to_a_person(ready, waiting, lab, olga_client):
    def shown(**asked):
        return [row.session.pk for row in olga_client.get(PAGE, asked).context["roll"].live]

    assert shown(lab=lab.id) == [ready.pk]
    assert shown(q="love ada") == [ready.pk]
    assert shown(q="linus") == [waiting.pk]
    assert shown(q="linus", lab=lab.id) == []


def test_what_ended_today_says_how(ready, olga_client):
    LabSession.objects.update(state=State.FAILED, stopped_at=timezone.now(), error="It <b>broke</b>.")
    page = olga_client.get(PAGE)
    assert page.context["roll"].live == []
    assert "It &lt;b&gt;broke" in page.text
    LabSession.objects.update(stopped_at=timezone.now() - timedelta(days=2))
    assert olga_client.get(PAGE).context["roll"].ended == []


def test_a_page_of_many_sessions_asks_few_questions(ready, other_lab, olga_client, django_assert_max_num_queries):
    for number in range(20):
        LabSession.objects.create(lab=other_lab.id, lab_version="1", state=State.POOLED, detail=str(number))
    with django_assert_max_num_queries(16):
        assert len(olga_client.get(PAGE).context["roll"].live) == 21


def test_others_see_no_sessions_and_do_nothing_to_them(ready, ada_client, grace_client, client, ngozi):
    for visitor, status in ((ada_client, 403), (grace_client, 403), (client, 302)):
        for path in (PAGE, f"{PAGE}class", f"{PAGE}{ready.pk}/seats"):
            assert visitor.get(path).status_code == status
        for what in ("stop", "give", "first"):
            assert visitor.post(f"{PAGE}{ready.pk}/staff/{what}", {"minutes": "30"}).status_code == status
    ready.refresh_from_db()
    assert (ready.state, log()) == (State.READY, [])
    assert "Sessions" not in ada_client.get("/labs/").text.split("<main")[0]


def test_staff_stop_a_lab_and_it_is_written_down(ready, olga_client):
    answer = olga_client.post(f"{PAGE}{ready.pk}/staff/stop", {"q": "ada", "next": "https://elsewhere.example"})
    assert answer.headers["Location"] == f"{PAGE}?q=ada"
    ready.refresh_from_db()
    assert ready.state == State.STOPPING
    assert log() == [("olga", "Stopped the lab.")]
    assert olga_client.get(f"{PAGE}{ready.pk}/staff/stop").status_code == 405


def test_staff_give_time_beyond_what_the_learner_may_once_for_two_presses(ready, olga_client, settings):
    LabSession.objects.update(extensions=settings.LAB_EXTENSIONS, warned=10)
    ready.refresh_from_db()
    before = ready.ends_at
    for _press in range(2):
        olga_client.post(f"{PAGE}{ready.pk}/staff/give", {"minutes": "120", "ends": before.isoformat()})
    ready.refresh_from_db()
    assert ready.ends_at == before + timedelta(minutes=120)
    assert ready.warned == 0
    assert log() == [("olga", "Gave 120 minutes more.")]
    assert "not changed" in said(olga_client)[-1]


def test_nobody_is_given_a_year_or_time_after_the_end(ready, olga_client):
    ends = ready.ends_at.isoformat()
    assert olga_client.post(f"{PAGE}{ready.pk}/staff/give", {"minutes": "525600", "ends": ends}).status_code == 403
    LabSession.objects.update(state=State.STOPPING)
    olga_client.post(f"{PAGE}{ready.pk}/staff/give", {"minutes": "30", "ends": ends})
    ready.refresh_from_db()
    assert ready.ends_at.isoformat() == ends
    assert log() == []


def test_staff_put_somebody_first_in_line(waiting, grace, lab, olga_client, queue):
    last = LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version)
    olga_client.post(f"{PAGE}{last.pk}/staff/first")
    last.refresh_from_db()
    assert last.priority > 0
    assert log() == [("olga", "Put first in the queue.")]
    LabSession.objects.filter(pk=waiting.pk).update(admitted_at=timezone.now())
    olga_client.post(f"{PAGE}{waiting.pk}/staff/first")
    assert "does not wait" in said(olga_client)[-1]


def test_staff_bring_a_lab_to_a_stage_and_it_is_written_down(ready, lab, olga_client, queue):
    page = olga_client.get(PAGE, {"lab": lab.id}).text
    assert f"/labs/{lab.id}/catch-up" in page
    assert f"{PAGE}{ready.pk}/jump" in page
    olga_client.post(f"{PAGE}{ready.pk}/jump", {"stage": "file"})
    assert ready.jobs.get().stage == "file"
    assert log() == [("olga", "Brought the lab to the stage file.")]


def test_a_disk_that_is_nearly_full_is_said(olga_client, broker):
    disk = {"path": "/var/lib/docker", "free": 1_200_000_000, "total": 100_000_000_000}
    usage.events.broker().set(usage.KEY, json.dumps({"at": 0, "labs": {}, "disks": [disk]}))
    assert "/var/lib/docker is nearly full: 1.2 GB" in olga_client.get(PAGE).text


# A class lab


def test_an_instructor_makes_a_class_lab(ngozi_client, ngozi, ada, grace, lab):
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
        ({"seat-left": "nobody"}, "Nobody here has the username “nobody”"),
        ({"seat-left": "ada", "seat-right": "ada"}, "two seats"),
    ],
)
def test_what_cannot_be_a_class_is_said_and_nothing_starts(ngozi_client, ada, lab, names, error):
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, **names})
    assert answer.status_code == 422
    assert error in answer.text
    assert not LabSession.objects.exists()


def test_an_instructor_whose_own_lab_runs_stops_it_first(ngozi, ngozi_client, ada, lab):
    LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada"})
    assert "Stop it first" in answer.text
    assert not ClassSeat.objects.exists()


def test_seats_are_given_and_taken_away(ngozi, ngozi_client, ada, grace, linus, lab, engine):
    made = class_labs.begin(ngozi, lab.id, {"left": ada})
    page = f"{PAGE}{made.pk}/seats"
    LabSession.objects.update(state=State.READY)
    for name, seat, error in (("grace", "left", "sits there already"), ("ngozi", "right", "whole lab already")):
        assert error in ngozi_client.post(page, {"name": name, "seat": seat}).text
    ngozi_client.post(page, {"name": "grace", "seat": "right"})
    assert "Free seats" not in ngozi_client.get(page).text
    ngozi_client.post(f"{page}/{ClassSeat.objects.get(user=ada).pk}/remove")
    assert [seat.user for seat in ClassSeat.objects.all()] == [grace]
    assert [what for _who, what in log()] == ["Gave grace the seat right.", "Took the seat of ada away."]


def test_a_learners_own_lab_gets_no_seats(ready, grace, olga_client):
    answer = olga_client.post(f"{PAGE}{ready.pk}/seats", {"name": "grace", "seat": "left"})
    assert answer.status_code == 422
    assert not ClassSeat.objects.exists()


def test_the_end_of_the_day_asks_first_then_stops_all_and_learners_read_that_they_go_on_tomorrow(
    ready, waiting, olga_client, ada_client, lab, queue
):
    page = olga_client.get("/labs/sessions/day").text
    assert "Save and stop 2 labs" in page
    assert "There is nothing to resume." in page
    ready.touch()
    olga_client.post("/labs/sessions/day", {"what": "end"})
    assert set(LabSession.objects.values_list("state", flat=True)) == {State.STOPPING}
    assert (
        "The day is over. Your work is saved, and you can resume it tomorrow."
        in ada_client.get(f"/labs/{lab.id}/").text
    )
    assert log() == [("olga", "Ended the day.")] * 2
    for session in LabSession.objects.all():
        worker.stop(session.pk)
    assert "The day is over. Your work is saved: resume it tomorrow, here." in ada_client.get(f"/labs/{lab.id}/").text
    assert "Resume 2 labs" in olga_client.get("/labs/sessions/day").text


def test_in_the_morning_all_go_on_but_who_has_begun_something_since(ready, waiting, olga_client, linus, lab, queue):
    ready.touch()
    olga_client.post("/labs/sessions/day", {"what": "end"})
    for session in LabSession.objects.all():
        worker.stop(session.pk)
    LabSession.objects.create(learner=linus, lab=lab.id, lab_version=lab.version)
    olga_client.post("/labs/sessions/day", {"what": "resume"})
    again = LabSession.objects.live().get(learner=ready.learner)
    assert again.resumes == Save.objects.get()
    assert log()[-1] == ("olga", "Resumed all labs.")
    assert len(log()) == 3
    assert "There is nothing to resume." in olga_client.get("/labs/sessions/day").text
    olga_client.post("/labs/sessions/day", {"what": "resume"})  # pressed twice
    assert LabSession.objects.live().filter(learner=ready.learner).count() == 1


def test_without_a_queue_the_day_does_not_end(ready, olga_client):
    olga_client.post("/labs/sessions/day", {"what": "end"})
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert log() == []


@pytest.mark.parametrize("what", ["end", "resume"])
def test_ada_does_not_end_the_day(ready, ada_client, queue, what):
    assert ada_client.post("/labs/sessions/day", {"what": what}).status_code == 403
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_a_jump_of_the_room_is_written_down_for_each_lab(ready, olga_client, lab):
    olga_client.post(f"/labs/{lab.id}/catch-up", {"stage": lab.stages[1].id})
    assert log() == [("olga", f"Brought the room to the stage {lab.stages[1].id}.")]
