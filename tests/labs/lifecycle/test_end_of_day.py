"""The end of the day saves and stops labs; the morning after, and after a power cut, one command resumes them."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labs.lifecycle import reconciliation, saves, starts, stops
from labs.lifecycle.end_of_day import end_day, to_be_resumed
from labs.models import LabSession, Save, SessionEvent, State
from tests.labs.fakes import FORWARDING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state")]


def test_the_end_of_the_day_stops_all_and_reconciliation_helps_when_the_broker_is_away(at_work, engine):
    assert end_day("no-such-lab") == []
    assert end_day() == [at_work]
    LabSession.objects.update(state_at=timezone.now() - timedelta(seconds=10))
    Save.objects.all().delete()
    reconciliation.reconcile()
    at_work.refresh_from_db()
    assert (at_work.state, Save.objects.count()) == (State.STOPPED, 1)


def test_after_a_power_cut_one_command_resumes_all_labs(at_work, engine, ada, queue):
    saves.save_running(at_work.pk)
    engine.loses(at_work)
    told = StringIO()
    call_command("resume_all", stdout=told)
    again = LabSession.objects.live().get()
    assert "from the save of" in told.getvalue()
    assert again.resumes == Save.objects.get()
    LabSession.objects.filter(pk=again.pk).update(admitted_at=timezone.now())
    starts.start(again.pk, 1)
    again.refresh_from_db()
    assert again.state == State.READY
    assert engine.client_of(again).sysctls[FORWARDING] == "1"
    told = StringIO()
    call_command("resume_all", stdout=told)
    assert told.getvalue().startswith("0 sessions")


def test_labs_that_an_older_version_stopped_at_the_end_of_the_day_are_resumed(ready):
    now = timezone.now()
    LabSession.objects.filter(pk=ready.pk).update(state=State.STOPPED, stopped_at=now)
    stop = {"state": State.STOPPING, "note": "The day is over.", "generation": ready.generation, "at": now}
    assert to_be_resumed(now) == []
    SessionEvent.objects.create(session=ready, **stop)
    assert to_be_resumed(now) == [ready]


def test_a_class_lab_is_resumed_although_its_leader_has_looked_at_another_lab_since(at_work, ada, lab):
    LabSession.objects.filter(pk=at_work.pk).update(is_class=True)
    end_day()
    stops.stop(at_work.pk)
    since = timezone.now() - timedelta(hours=1)
    later = {"learner": ada, "lab": lab.id, "lab_version": lab.version, "state": State.STOPPED}
    LabSession.objects.create(**later)
    assert to_be_resumed(since) == [at_work]
    LabSession.objects.create(**later, is_class=True)
    assert to_be_resumed(since) == []


@pytest.mark.parametrize("command", ["resume_all", "end_day"])
def test_the_commands_fail_when_the_site_does_not_run(db, settings, command):
    settings.UNIT = "vaka"
    with pytest.raises(CommandError, match=r"does not run.*systemctl start vaka"):
        call_command(command)


def test_end_day_lists_whose_work_was_saved(at_work, engine, queue, monkeypatch):
    monkeypatch.setattr("labs.management.commands.end_day.time.sleep", lambda seconds: stops.stop(at_work.pk))
    told = StringIO()
    call_command("end_day", stdout=told)
    assert "saved at" in told.getvalue()
    assert "1 labs stopped, 0 still stopping" in told.getvalue()


def test_end_day_fails_and_names_each_lab_whose_work_was_not_saved(at_work, engine, queue, monkeypatch):
    def stop(seconds):
        LabSession.objects.filter(pk=at_work.pk).update(
            state=State.STOPPED, error="Your latest work could not be saved."
        )

    monkeypatch.setattr("labs.management.commands.end_day.time.sleep", stop)
    told = StringIO()
    with pytest.raises(CommandError, match=rf"could not be saved: {at_work.learner} {at_work.lab}\."):
        call_command("end_day", stdout=told)
    assert "NOT SAVED: Your latest work could not be saved." in told.getvalue()
