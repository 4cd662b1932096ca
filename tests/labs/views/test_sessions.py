"""The page of all sessions: Olga of the staff sees who runs what, stops, gives time, and puts first. Instructors: test_reach."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import usage
from labs.models import LabSession, State
from tests.labs.views.helpers import log

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"


@pytest.fixture
def waiting(linus, other_lab):
    return LabSession.objects.create(learner=linus, lab=other_lab.id, lab_version=other_lab.version)


def said(client):
    return [str(message) for message in client.get(PAGE).context["messages"]]


def test_who_runs_what_and_who_waits(ready, waiting, lab, other_lab, olga_client, broker):
    usage.events.broker().flushdb()
    usage.read()
    usage.measure()
    page = olga_client.get(PAGE)
    first, second = page.context["listing"].live
    assert (first.names, first.title, first.use.megabytes, first.wait) == (["Ada Lovelace"], lab.title, 63, None)
    assert (second.names, second.title, second.wait.place) == (["Linus Torvalds"], other_lab.title, 1)
    assert "63 MB" in page.text
    assert "number 1" in page.text


def test_it_is_narrowed_down_to_a_lab_or_to_a_person(ready, waiting, lab, olga_client):
    def shown(**asked):
        return [row.session.pk for row in olga_client.get(PAGE, asked).context["listing"].live]

    assert shown(lab=lab.id) == [ready.pk]
    assert shown(q="love ada") == [ready.pk]
    assert shown(q="linus") == [waiting.pk]
    assert shown(q="linus", lab=lab.id) == []


def test_what_ended_today_says_how(ready, olga_client):
    LabSession.objects.update(state=State.FAILED, stopped_at=timezone.now(), error="It <b>broke</b>.")
    page = olga_client.get(PAGE)
    assert page.context["listing"].live == []
    assert "It &lt;b&gt;broke" in page.text
    LabSession.objects.update(stopped_at=timezone.now() - timedelta(days=2))
    assert olga_client.get(PAGE).context["listing"].ended == []


def test_a_page_of_many_sessions_asks_few_questions(ready, other_lab, olga_client, django_assert_max_num_queries):
    for number in range(20):
        LabSession.objects.create(lab=other_lab.id, lab_version="1", state=State.POOLED, detail=str(number))
    with django_assert_max_num_queries(16):
        assert len(olga_client.get(PAGE).context["listing"].live) == 21


def test_others_see_no_sessions_and_do_nothing_to_them(ready, ada_client, grace_client, client, ngozi):
    for visitor, status in ((ada_client, 403), (grace_client, 403), (client, 302)):
        for path in (PAGE, f"{PAGE}class", f"{PAGE}{ready.pk}/seats"):
            assert visitor.get(path).status_code == status
        for what in ("stop", "extend", "first"):
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
        olga_client.post(f"{PAGE}{ready.pk}/staff/extend", {"minutes": "120", "ends": before.isoformat()})
    ready.refresh_from_db()
    assert ready.ends_at == before + timedelta(minutes=120)
    assert ready.warned == 0
    assert log() == [("olga", "Gave 120 minutes more.")]
    assert "No time was added" in said(olga_client)[-1]


def test_nobody_is_given_a_year_or_time_after_the_end(ready, olga_client):
    ends = ready.ends_at.isoformat()
    assert olga_client.post(f"{PAGE}{ready.pk}/staff/extend", {"minutes": "525600", "ends": ends}).status_code == 403
    LabSession.objects.update(state=State.STOPPING)
    olga_client.post(f"{PAGE}{ready.pk}/staff/extend", {"minutes": "30", "ends": ends})
    ready.refresh_from_db()
    assert ready.ends_at.isoformat() == ends
    assert log() == []


def test_staff_put_somebody_first_in_line(waiting, grace, lab, olga_client, queue):
    last = LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version)
    olga_client.post(f"{PAGE}{last.pk}/staff/first")
    last.refresh_from_db()
    assert last.priority > 0
    assert log() == [("olga", "Moved to the front of the queue.")]
    LabSession.objects.filter(pk=waiting.pk).update(admitted_at=timezone.now())
    olga_client.post(f"{PAGE}{waiting.pk}/staff/first")
    assert "no longer waits" in said(olga_client)[-1]


def test_staff_bring_a_lab_to_a_stage_and_it_is_written_down(ready, lab, olga_client, queue):
    page = olga_client.get(PAGE, {"lab": lab.id}).text
    assert f"/labs/{lab.id}/skip" in page
    assert f"{PAGE}{ready.pk}/skip" in page
    olga_client.post(f"{PAGE}{ready.pk}/skip", {"stage": "file"})
    assert ready.jobs.get().stage == "file"
    assert log() == [("olga", "Skipped to the stage file.")]


def test_a_disk_that_is_nearly_full_is_said(olga_client, broker):
    disk = {"path": "/var/lib/docker", "free": 1_200_000_000, "total": 100_000_000_000}
    usage.events.broker().set(usage.KEY, json.dumps({"at": 0, "labs": {}, "disks": [disk]}))
    assert "/var/lib/docker is nearly full: 1.2 GB" in olga_client.get(PAGE).text


def test_a_jump_of_the_room_is_written_down_for_each_lab(ready, olga_client, lab):
    olga_client.post(f"/labs/{lab.id}/skip", {"stage": lab.stages[1].id})
    assert log() == [("olga", f"Skipped to the stage {lab.stages[1].id} in all labs.")]
