"""Starts, stops and deadlines, with an engine of several characters."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from labs.lifecycle import check_work, database_writes, starts, stops
from labs.lifecycle.services import request_check, stop_session
from labs.models import Attempt, LabCost, LabSession, State
from labs.registry import versions
from tests.labs.fakes import FakeCatalog, FakeEngine

pytestmark = pytest.mark.django_db


def start(session):
    starts.start(session.pk, session.generation)
    session.refresh_from_db()


def test_a_start_writes_each_step_and_ends_ready_with_a_deadline(requested, engine, lab, settings):
    settings.LAB_SPARE_MINUTES = 10
    start(requested)
    assert requested.state == State.READY
    steps = [step["step"] for step in requested.progress]
    assert steps == ["queued", "container", "nodes", "links", "daemons", "start", "ready"]
    assert round((requested.ends_at - requested.ready_at).total_seconds() / 60) == lab.minutes + 10
    assert requested.container == "c1"
    assert [event.state for event in requested.events.all()] == [State.STARTING, State.READY]


FAILING = {
    "is away": (FakeEngine().that_is_away(), "No Docker engine answers on this server"),
    "refuses": (FakeEngine().that_refuses(), "The Docker engine refused the request"),
    "has no image": (FakeEngine().without_image(), "has not been built on this server"),
    "has an old image": (FakeEngine().with_an_old_image(), "belongs to another version"),
    "is slow": (FakeEngine().that_is_slow(), "did not start within the time limit"),
    "breaks labs": (FakeEngine().that_breaks_labs(), "The lab could not be built"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_start_that_fails_tells_the_learner_what_to_do_and_leaves_no_container(requested, use_engine, how):
    character, sentence = FAILING[how]
    engine = use_engine(character)
    start(requested)
    assert requested.state == State.FAILED
    assert sentence in requested.error
    assert requested.detail == str(character.says_no or character.build_error)
    assert engine.containers == {}


def test_a_lab_that_runs_out_of_memory_during_its_start_fails_with_that_reason(requested, engine):
    engine.while_building = lambda lab, step: step == "daemons" and engine.runs_out_of_memory_in(requested)
    start(requested)
    assert requested.state == State.FAILED
    assert "ran out of memory" in requested.error
    assert engine.containers == {}


def test_celerys_time_limit_fails_the_start_as_too_long(requested, engine):
    def interrupted(lab, step):
        raise SoftTimeLimitExceeded

    engine.while_building = interrupted
    start(requested)
    assert "did not start within the time limit" in requested.error
    assert engine.containers == {}


def test_an_unexpected_error_is_logged_and_fails_the_start(requested, engine, caplog):
    engine.while_building = lambda lab, step: 1 / 0
    start(requested)
    assert requested.error.startswith("An error occurred in the site")
    assert "ZeroDivisionError" in caplog.text
    assert engine.containers == {}


def test_a_lab_that_was_withdrawn_while_it_waited_fails_with_that_reason(requested, engine):
    LabSession.objects.update(lab="no-such-lab")
    start(requested)
    assert "not available here any more" in requested.error


def test_a_start_waits_for_a_database_whose_disk_is_full(requested, engine, monkeypatch):
    """Regression: neither a step of the start nor its failure could be written, and Ada waited for reconciliation."""
    full, add_progress, move_to = [], LabSession.add_progress, LabSession.move_to

    def when_there_is_space(write):
        def tried(session, *said, **facts):
            if write not in full:
                full.append(write)
                raise OperationalError("database or disk is full")
            return write(session, *said, **facts)

        return tried

    monkeypatch.setattr(LabSession, "add_progress", when_there_is_space(add_progress))
    monkeypatch.setattr(LabSession, "move_to", when_there_is_space(move_to))
    monkeypatch.setattr(LabCost, "add_start", when_there_is_space(LabCost.add_start))
    monkeypatch.setattr(database_writes.time, "sleep", lambda seconds: None)
    start(requested)
    assert (requested.state, len(full)) == (State.READY, 3)
    steps = [step["step"] for step in requested.progress]
    assert steps == ["queued", "container", "nodes", "links", "daemons", "start", "ready"]


def test_a_start_that_is_delivered_twice_starts_once(requested, engine):
    start(requested)
    start(requested)
    assert engine.started == [(str(requested.pk), 1)]
    assert requested.state == State.READY


def test_a_start_that_is_delivered_after_the_stop_starts_nothing(requested, engine):
    stop_session(requested)
    stops.stop(requested.pk)
    start(requested)
    assert engine.started == []
    assert requested.state == State.STOPPED


def test_a_start_that_is_delivered_after_a_newer_one_starts_nothing(requested, engine):
    requested.move_to(State.STARTING)
    requested.start_again("")
    starts.start(requested.pk, 1)
    assert engine.started == []


def test_a_stop_during_the_start_leaves_no_container(requested, engine):
    def pressed_stop(lab, step):
        if step == "links":
            stop_session(LabSession.objects.get())
            stops.stop(requested.pk)

    engine.while_building = pressed_stop
    start(requested)
    assert requested.state == State.STOPPED
    assert engine.containers == {}


def test_a_stop_before_the_container_is_made_leaves_no_container(requested, engine, monkeypatch):
    made = FakeEngine.start

    def late(self, session, lab, *, generation, memory=0):
        stop_session(LabSession.objects.get())
        stops.stop(requested.pk)
        return made(self, session, lab, generation=generation)

    monkeypatch.setattr(FakeEngine, "start", late)
    start(requested)
    assert requested.state == State.STOPPED
    assert engine.containers == {}


def test_an_old_start_that_resumes_leaves_the_new_one_alone(requested, engine):
    def overtaken(lab, step):
        if step == "links" and engine.started[-1][1] == 1:
            LabSession.objects.get().start_again("It seemed lost.")
            starts.start(requested.pk, 2)

    engine.while_building = overtaken
    start(requested)
    assert (requested.state, requested.generation) == (State.READY, 2)
    assert engine.containers[str(requested.pk)].generation == 2


def test_after_an_upgrade_a_session_keeps_its_version(ready, engine, lab, monkeypatch):
    kept = versions.kept_folder(lab.id, lab.version)
    assert (kept / "guide.md").is_file()
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog())  # tomorrow the lab is gone
    monkeypatch.setattr(versions, "_read", lambda folder, version, seed: {kept: lab}[folder])
    check_work.check(request_check(ready).pk)
    assert Attempt.objects.get().lab_version == lab.version
