"""The end of the day: Olga, an administrator, stops all labs and resumes them the next morning."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labs.lifecycle import saves, stops
from labs.live import live_checks
from labs.models import LabSession, Save, State
from labs.views import end_of_day
from tests.labs.views.helpers import log
from vaka.accounts.models import User

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/end-of-day"


@pytest.fixture
def waiting(linus, other_lab):
    return LabSession.objects.create(learner=linus, lab=other_lab.id, lab_version=other_lab.version)


def test_the_end_of_the_day_asks_first_and_stops_all_labs_and_learners_read_that_they_can_resume(
    ready, waiting, olga_client, ada_client, lab, queue
):
    page = olga_client.get(PAGE).text
    assert "Save and stop 2 labs" in page
    assert "There is nothing to resume." in page
    ready.touch()
    olga_client.post(PAGE, {"what": "end"})
    assert set(LabSession.objects.values_list("state", flat=True)) == {State.STOPPING}
    assert (
        "Your instructor or an administrator stops it. Your work is saved, and you can resume it here later."
        in ada_client.get(f"/labs/{lab.id}/").text
    )
    assert log() == [("olga", "Ended the day.")] * 2
    for session in LabSession.objects.all():
        stops.stop(session.pk)
    assert (
        "Your instructor or an administrator has stopped it. Your work is saved, and you can resume it here."
        in ada_client.get(f"/labs/{lab.id}/").text
    )
    assert "Resume 2 labs" in olga_client.get(PAGE).text


def test_who_ends_the_day_reads_in_how_many_labs_checks_pass_that_nothing_has_counted(
    ready, waiting, olga_client, engine
):
    assert "no attempt has counted yet" not in olga_client.get(PAGE).text
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    LabSession.objects.filter(pk=ready.pk).update(active_node="r1")
    assert "In 1 of these labs, checks pass that no attempt has counted yet." in olga_client.get(PAGE).text


def test_a_learner_whose_work_could_not_be_saved_reads_no_promise(ready, olga_client, ada_client, lab, queue, engine):
    """Regression: “Your work is saved” stood there beside “Your last changes could not be saved”."""
    long_ago = ready.created_at - timedelta(days=1)
    facts = {"lab": lab.id, "lab_version": lab.version, "state": State.STOPPED, "created_at": long_ago}
    old = LabSession.objects.create(learner=ready.learner, **facts)
    saves.keep(old, engine.client_of(ready).save(), Save.Reason.STOP, long_ago)
    ready.touch()
    olga_client.post(PAGE, {"what": "end"})
    engine.loses(ready)
    stops.stop(ready.pk)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert "has stopped it. You can resume your earlier work here." in text
    assert "Your last changes could not be saved." in text
    assert "Your work is saved" not in text


def test_in_the_morning_labs_resume_except_of_learners_who_have_started_another(
    ready, waiting, olga_client, linus, lab, queue
):
    ready.touch()
    olga_client.post(PAGE, {"what": "end"})
    for session in LabSession.objects.all():
        stops.stop(session.pk)
    LabSession.objects.create(learner=linus, lab=lab.id, lab_version=lab.version)
    olga_client.post(PAGE, {"what": "resume"})
    again = LabSession.objects.live().get(learner=ready.learner)
    assert again.resumes == Save.objects.get()
    assert log()[-1] == ("olga", "Resumed all labs.")
    assert len(log()) == 3
    assert "There is nothing to resume." in olga_client.get(PAGE).text
    olga_client.post(PAGE, {"what": "resume"})  # pressed twice
    assert LabSession.objects.live().filter(learner=ready.learner).count() == 1


def test_without_a_broker_the_day_does_not_end(ready, olga_client):
    olga_client.post(PAGE, {"what": "end"})
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert log() == []


@pytest.mark.parametrize("what", ["end", "resume"])
def test_a_learner_cannot_end_the_day(ready, ada_client, queue, what):
    assert ada_client.post(PAGE, {"what": what}).status_code == 403
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_the_end_of_the_day_keeps_the_filter_of_the_page_it_was_opened_from(ready, waiting, olga_client, lab, queue):
    assert f'href="{PAGE}?lab={lab.id}"' in olga_client.get(f"/labs/sessions/?lab={lab.id}").text
    page = olga_client.get(f"{PAGE}?lab={lab.id}").text
    assert "Save and stop 1 lab" in page
    answer = olga_client.post(f"{PAGE}?lab={lab.id}", {"what": "end"})
    assert answer.url == f"{PAGE}?lab={lab.id}"
    assert LabSession.objects.get(pk=ready.pk).state == State.STOPPING
    assert LabSession.objects.get(pk=waiting.pk).state == State.REQUESTED


def solve(session):
    LabSession.objects.filter(pk=session.pk).update(active_node="r1", state=State.READY)
    facts = {"points": 5, "out_of": 5, "expected": {}, "seen": {}, "since": timezone.now(), "seen_at": timezone.now()}
    session.check_statuses.create(check_id="on", outcome="passed", **facts)


def test_labs_that_the_page_does_not_list_are_counted_too_with_no_query_for_each(
    ready, lab, olga_client, monkeypatch, django_assert_num_queries
):
    solve(ready)
    olga_client.get(PAGE)
    with CaptureQueriesContext(connection) as alone:
        assert "In 1 of these labs" in olga_client.get(PAGE).text
    for name in ("linus", "mere", "tui"):
        learner = User.objects.create(username=f"{name}-2")
        solve(LabSession.objects.create(learner=learner, lab=lab.id, lab_version=lab.version))
    with django_assert_num_queries(len(alone)):
        assert "In 4 of these labs" in olga_client.get(PAGE).text
    monkeypatch.setattr(end_of_day, "SHOWN", 1)
    assert "In 4 of these labs" in olga_client.get(PAGE).text
