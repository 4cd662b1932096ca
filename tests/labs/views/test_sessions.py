"""The list of sessions: Olga, an administrator, filters it, stops labs, adds time and changes the order of the queue.

What an instructor reaches is in ``tests/labs/test_permissions.py``.
"""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import end_of_day, stops, usage
from labs.models import Exam, LabSession, State
from tests.labs.views.helpers import log, page

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"


@pytest.fixture
def waiting(linus, other_lab):
    return LabSession.objects.create(learner=linus, lab=other_lab.id, lab_version=other_lab.version)


def said(client):
    return [str(message) for message in client.get(PAGE).context["messages"]]


def test_the_list_shows_running_and_waiting_labs(ready, waiting, lab, other_lab, olga_client, broker):
    usage.events.broker().flushdb()
    usage.read()
    usage.measure()
    page = olga_client.get(PAGE)
    first, second = page.context["listing"].live
    assert (first.names, first.title, first.use.megabytes, first.wait) == (["Ada Lovelace"], lab.title, 63, None)
    assert (second.names, second.title, second.wait.place) == (["Linus Torvalds"], other_lab.title, 1)
    assert "63 MB" in page.text
    assert "number 1" in page.text


def test_the_list_can_be_filtered_by_lab_and_by_learner(ready, waiting, lab, olga_client):
    def shown(**asked):
        return [row.session.pk for row in olga_client.get(PAGE, asked).context["listing"].live]

    assert shown(lab=lab.id) == [ready.pk]
    assert shown(q="love ada") == [ready.pk]
    assert shown(q="linus") == [waiting.pk]
    assert shown(q="linus", lab=lab.id) == []


def test_a_session_that_ended_today_shows_its_outcome(ready, olga_client):
    LabSession.objects.update(state=State.FAILED, stopped_at=timezone.now(), error="It <b>broke</b>.")
    page = olga_client.get(PAGE)
    assert page.context["listing"].live == []
    assert "It &lt;b&gt;broke" in page.text
    LabSession.objects.update(stopped_at=timezone.now() - timedelta(days=2))
    assert olga_client.get(PAGE).context["listing"].ended == []


def test_a_list_of_many_sessions_needs_few_queries(ready, other_lab, olga_client, django_assert_max_num_queries):
    for number in range(20):
        LabSession.objects.create(lab=other_lab.id, lab_version="1", state=State.POOLED, detail=str(number))
    with django_assert_max_num_queries(16):
        assert len(olga_client.get(PAGE).context["listing"].live) == 21


def test_learners_and_mentors_cannot_see_or_change_sessions(ready, ada_client, grace_client, client, ngozi):
    for someone, status in ((ada_client, 403), (grace_client, 403), (client, 302)):
        for path in (PAGE, f"{PAGE}class", f"{PAGE}{ready.pk}/seats"):
            assert someone.get(path).status_code == status
        for what in ("stop", "extend", "first"):
            assert someone.post(f"{PAGE}{ready.pk}/staff/{what}", {"minutes": "30"}).status_code == status
    ready.refresh_from_db()
    assert (ready.state, log()) == (State.READY, [])
    assert "Sessions" not in ada_client.get("/labs/").text.split("<main")[0]


def test_an_administrator_stops_a_lab_and_it_is_recorded(ready, olga_client):
    answer = olga_client.post(f"{PAGE}{ready.pk}/staff/stop", {"q": "ada", "next": "https://elsewhere.example"})
    assert answer.headers["Location"] == f"{PAGE}?q=ada"
    ready.refresh_from_db()
    assert ready.state == State.STOPPING
    assert log() == [("olga", "Stopped the lab.")]
    assert olga_client.get(f"{PAGE}{ready.pk}/staff/stop").status_code == 405


def test_the_learner_reads_that_somebody_has_stopped_the_lab_and_resume_all_leaves_it(
    ready, olga_client, ada_client, lab
):
    ready.touch()
    olga_client.post(f"{PAGE}{ready.pk}/staff/stop")
    stopping = "Your instructor or an administrator stops it. Your work is saved, and you can resume it here later."
    assert stopping in page(ada_client, lab)
    stops.stop(ready.pk)
    stopped = "Your instructor or an administrator has stopped it. Your work is saved, and you can resume it here."
    assert stopped in page(ada_client, lab)
    assert end_of_day.to_be_resumed(ready.created_at) == []


def test_an_exam_that_somebody_stops_is_not_said_to_be_resumed_by_the_learner(ready, olga_client, ada_client, lab):
    LabSession.objects.update(exam=Exam.SEALED)
    olga_client.post(f"{PAGE}{ready.pk}/staff/stop")
    text = page(ada_client, lab)
    assert "Your instructor or an administrator stops it. This takes some seconds." in text
    assert "you can resume it" not in text


def test_an_administrator_adds_time_beyond_the_learners_limit_and_two_presses_count_once(ready, olga_client, settings):
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


def test_neither_a_year_nor_time_after_the_end_can_be_added(ready, olga_client):
    ends = ready.ends_at.isoformat()
    assert olga_client.post(f"{PAGE}{ready.pk}/staff/extend", {"minutes": "525600", "ends": ends}).status_code == 403
    LabSession.objects.update(state=State.STOPPING)
    olga_client.post(f"{PAGE}{ready.pk}/staff/extend", {"minutes": "30", "ends": ends})
    ready.refresh_from_db()
    assert ready.ends_at.isoformat() == ends
    assert log() == []


def test_an_administrator_moves_a_lab_to_the_front_of_the_queue(waiting, grace, lab, olga_client, queue):
    last = LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version)
    olga_client.post(f"{PAGE}{last.pk}/staff/first")
    last.refresh_from_db()
    assert last.priority > 0
    assert log() == [("olga", "Put first in the queue.")]
    LabSession.objects.filter(pk=waiting.pk).update(admitted_at=timezone.now())
    olga_client.post(f"{PAGE}{waiting.pk}/staff/first")
    assert "no longer waits" in said(olga_client)[-1]


def test_an_administrator_skips_to_a_stage_in_a_lab_and_it_is_recorded(ready, lab, olga_client, queue):
    page = olga_client.get(PAGE, {"lab": lab.id}).text
    assert f"/labs/{lab.id}/skip" in page
    assert f"{PAGE}{ready.pk}/skip" in page
    olga_client.post(f"{PAGE}{ready.pk}/skip", {"stage": "file"})
    assert ready.jobs.get().stage == "file"
    assert log() == [("olga", "Skipped to the stage file.")]


def test_the_list_warns_of_a_nearly_full_disk(olga_client, broker):
    disk = {"path": "/var/lib/docker", "free": 1_200_000_000, "total": 100_000_000_000}
    usage.events.broker().set(usage.KEY, json.dumps({"at": 0, "labs": {}, "disks": [disk]}))
    assert "/var/lib/docker is nearly full: 1.2 GB" in olga_client.get(PAGE).text


def test_a_skip_in_all_labs_is_recorded_for_each_of_them(ready, olga_client, lab):
    olga_client.post(f"/labs/{lab.id}/skip", {"stage": lab.stages[1].id})
    assert log() == [("olga", f"Skipped to the stage {lab.stages[1].id} in all labs.")]
