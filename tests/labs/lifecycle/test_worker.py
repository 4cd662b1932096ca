from dataclasses import replace

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone

from labs import failures
from labs.engine import errors
from labs.lifecycle import database_writes, jobs, worker
from labs.lifecycle.services import request_check, request_reset, stop_session
from labs.models import Attempt, Job, LabSession, State
from labs.models.lab_cost import LabCost
from labs.registry import versions
from tests.labs.fakes import FakeCatalog, FakeEngine

pytestmark = pytest.mark.django_db


def start(session):
    worker.start(session.pk, session.generation)
    session.refresh_from_db()


def test_a_start_says_each_step_and_ends_ready_with_its_time(requested, engine, lab, settings):
    settings.LAB_SPARE_MINUTES = 10
    start(requested)
    assert requested.state == State.READY
    steps = [step["step"] for step in requested.progress]
    assert steps == ["queued", "container", "nodes", "links", "daemons", "start", "ready"]
    assert round((requested.ends_at - requested.ready_at).total_seconds() / 60) == lab.minutes + 10
    assert requested.container == "c1"
    assert [event.state for event in requested.events.all()] == [State.STARTING, State.READY]


FAILING = {
    "is away": (FakeEngine().that_is_away(), "No Docker engine answers on this machine"),
    "refuses": (FakeEngine().that_refuses(), "The Docker engine said no"),
    "has no image": (FakeEngine().without_image(), "has not been built here"),
    "has an old image": (FakeEngine().with_an_old_image(), "is of another version"),
    "is slow": (FakeEngine().that_is_slow(), "did not come up within its time"),
    "breaks labs": (FakeEngine().that_breaks_labs(), "The lab could not be built"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_start_that_fails_says_what_to_do_and_leaves_nothing(requested, use_engine, how):
    character, sentence = FAILING[how]
    engine = use_engine(character)
    start(requested)
    assert requested.state == State.FAILED
    assert sentence in requested.error
    assert requested.detail == str(character.says_no or character.build_error)
    assert engine.containers == {}


def test_out_of_memory_while_starting_is_told_from_a_lab_that_is_gone(requested, engine):
    engine.while_building = lambda lab, step: step == "daemons" and engine.runs_out_of_memory_in(requested)
    start(requested)
    assert requested.state == State.FAILED
    assert "ran out of memory" in requested.error
    assert engine.containers == {}


def test_celery_s_time_limit_reads_as_a_lab_that_took_too_long(requested, engine):
    def interrupted(lab, step):
        raise SoftTimeLimitExceeded

    engine.while_building = interrupted
    start(requested)
    assert "did not come up within its time" in requested.error
    assert engine.containers == {}


def test_our_own_mistake_is_written_down_and_owned(requested, engine, caplog):
    engine.while_building = lambda lab, step: 1 / 0
    start(requested)
    assert requested.error.startswith("Something went wrong on our side")
    assert "ZeroDivisionError" in caplog.text
    assert engine.containers == {}


def test_a_lab_that_was_withdrawn_while_it_waited_says_so(requested, engine):
    LabSession.objects.update(lab="no-such-lab")
    start(requested)
    assert "not published here any more" in requested.error


def test_a_start_waits_for_a_disk_that_is_full(requested, engine, monkeypatch):
    """As it was found: no step of the start could be written, nor that it had failed, and ada waited for the reaper."""
    full, came_to, move_to = [], LabSession.came_to, LabSession.move_to

    def when_there_is_room(write):
        def tried(session, *said, **facts):
            if write not in full:
                full.append(write)
                raise OperationalError("database or disk is full")
            return write(session, *said, **facts)

        return tried

    monkeypatch.setattr(LabSession, "came_to", when_there_is_room(came_to))
    monkeypatch.setattr(LabSession, "move_to", when_there_is_room(move_to))
    monkeypatch.setattr(LabCost, "measured", when_there_is_room(LabCost.measured))
    monkeypatch.setattr(database_writes.time, "sleep", lambda seconds: None)
    start(requested)
    assert (requested.state, len(full)) == (State.READY, 3)
    steps = [step["step"] for step in requested.progress]
    assert steps == ["queued", "container", "nodes", "links", "daemons", "start", "ready"]


def test_a_start_that_is_brought_twice_starts_once(requested, engine):
    start(requested)
    start(requested)
    assert engine.started == [(str(requested.pk), 1)]
    assert requested.state == State.READY


def test_a_start_that_comes_after_the_stop_starts_nothing(requested, engine):
    stop_session(requested)
    worker.stop(requested.pk)
    start(requested)
    assert engine.started == []
    assert requested.state == State.STOPPED


def test_a_start_that_comes_after_a_newer_launch_starts_nothing(requested, engine):
    requested.move_to(State.STARTING)
    requested.launch_again("")
    worker.start(requested.pk, 1)
    assert engine.started == []


def test_a_stop_while_it_starts_ends_the_start_and_leaves_nothing(requested, engine):
    def pressed_stop(lab, step):
        if step == "links":
            stop_session(LabSession.objects.get())
            worker.stop(requested.pk)

    engine.while_building = pressed_stop
    start(requested)
    assert requested.state == State.STOPPED
    assert engine.containers == {}


def test_a_stop_that_is_done_before_the_container_is_made_leaves_none_either(requested, engine, monkeypatch):
    made = FakeEngine.start

    def late(self, session, lab, *, generation, memory=0):
        stop_session(LabSession.objects.get())
        worker.stop(requested.pk)
        return made(self, session, lab, generation=generation)

    monkeypatch.setattr(FakeEngine, "start", late)
    start(requested)
    assert requested.state == State.STOPPED
    assert engine.containers == {}


def test_an_old_launch_that_wakes_up_leaves_the_new_one_alone(requested, engine):
    def overtaken(lab, step):
        if step == "links" and engine.started[-1][1] == 1:
            LabSession.objects.get().launch_again("It seemed lost.")
            worker.start(requested.pk, 2)

    engine.while_building = overtaken
    start(requested)
    assert (requested.state, requested.generation) == (State.READY, 2)
    assert engine.containers[str(requested.pk)].generation == 2


def test_a_stop_leaves_nothing_and_may_be_brought_twice(ready, engine):
    stop_session(ready)
    worker.stop(ready.pk)
    worker.stop(ready.pk)
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_a_stop_without_an_engine_waits_for_it(ready, engine, use_engine):
    stop_session(ready)
    use_engine(engine.that_is_away())
    worker.stop(ready.pk)
    ready.refresh_from_db()
    assert ready.state == State.STOPPING


def test_time_that_is_over_stops_the_lab(ready, engine):
    assert worker.expire() == []
    LabSession.objects.update(ends_at=timezone.now())
    for session, reason in worker.expire():
        worker.stop(session, reason)
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_a_check_keeps_what_was_seen(ready, engine):
    engine.session_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    job = request_check(ready)
    jobs.check(job.pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (6, 10, 0)
    outcomes = dict(attempt.verdicts.values_list("check_id", "outcome"))
    assert outcomes == {"on": "passed", "still": "passed", "file": "failed"}
    assert attempt.asked_at <= attempt.started_at <= attempt.finished_at
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""


def test_a_check_that_is_brought_twice_counts_once(ready, engine):
    job = request_check(ready)
    jobs.check(job.pk)
    jobs.check(job.pk)
    assert Attempt.objects.count() == 1


def test_a_check_that_comes_after_the_stop_does_nothing(ready, engine):
    job = request_check(ready)
    stop_session(ready)
    worker.stop(ready.pk)
    jobs.check(job.pk)
    job.refresh_from_db()
    assert job.error == "The lab ended before this was done. It cost you nothing."
    assert not Attempt.objects.exists()


def test_a_check_without_a_relay_is_unknown_and_the_lab_goes_on(ready, engine):
    engine.session_of(ready).error = errors.RelayGone("The relay does not answer.")
    jobs.check(request_check(ready).pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (0, 10, 10)
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_a_lab_that_vanishes_while_it_is_checked_has_failed(ready, engine):
    engine.loses(ready)
    jobs.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error.startswith("The lab was removed from outside, not by you.")
    assert ready.job is None


def test_a_lab_that_runs_out_of_memory_while_it_is_checked_says_so(ready, engine):
    engine.runs_out_of_memory_in(ready)
    jobs.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert "ran out of memory" in ready.error
    assert engine.containers == {}


def test_a_running_lab_in_which_a_program_was_once_ended_for_memory_survives_a_relay_that_is_away(ready, engine):
    found = engine.containers[str(ready.pk)]
    engine.containers[str(ready.pk)] = replace(found, oom=True)  # Docker says so as long as the container lives
    engine.session_of(ready).error = errors.RelayGone("The relay does not answer.")
    reset = request_reset(ready, "r1")
    jobs.reset(reset.pk)
    ready.refresh_from_db()
    reset.refresh_from_db()
    assert ready.state == State.READY
    assert reset.error.startswith("The way into the lab does not answer.")


def test_a_reset_resets_the_node(ready, engine):
    jobs.reset(request_reset(ready, "r1").pk)
    jobs.reset(request_reset(ready, None).pk)
    assert engine.session_of(ready).resets == ["r1", None]


def test_a_lab_that_a_reset_left_in_pieces_is_over_and_can_be_started_again(ready, engine, monkeypatch):
    def breaks(*_, **__):
        raise errors.LabFailed("h1: cannot allocate memory")

    inside = engine.session_of(ready)
    monkeypatch.setattr(inside, "reset", breaks)
    jobs.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.READY  # it says that it is whole: the reset was refused
    monkeypatch.setattr(inside, "status", lambda: {"state": "failed"})
    jobs.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error == failures.SENTENCES[errors.LabFailed]


def test_the_end_of_an_job_waits_for_a_disk_that_is_full(ready, engine, monkeypatch):
    """As it was found: ada's check was done, nobody could write so, and she waited for the reaper."""
    full, end = [1, 2], Job.end

    def end_when_there_is_room(job, *said):
        if full:
            full.pop()
            raise OperationalError("database or disk is full")
        return end(job, *said)

    monkeypatch.setattr(Job, "end", end_when_there_is_room)
    monkeypatch.setattr(database_writes.time, "sleep", lambda seconds: None)
    job = request_reset(ready, "r1")
    jobs.reset(job.pk)
    job.refresh_from_db()
    assert (bool(job.ended_at), job.error, full) == (True, "", [])


def test_a_reset_that_takes_too_long_says_so_and_the_lab_goes_on(ready, engine):
    engine.session_of(ready).error = errors.TookTooLong("r1 did not come back.")
    job = request_reset(ready, "r1")
    jobs.reset(job.pk)
    job.refresh_from_db()
    assert job.error == "It took too long, so we let it go. It cost you nothing. Try again."
    assert job.detail == "r1 did not come back."
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_an_upgrade_does_not_pull_the_lab_from_under_a_session(ready, engine, lab, monkeypatch):
    kept = versions._folder(lab.id, lab.version)
    assert (kept / "guide.md").is_file()
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog())  # tomorrow the lab is gone
    monkeypatch.setattr(versions, "_read", lambda folder, version, seed: {kept: lab}[folder])
    jobs.check(request_check(ready).pk)
    assert Attempt.objects.get().lab_version == lab.version
