"""Saved work: at a stop, at the deadline, when the learner is idle, before a power cut; and its restoration."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import check_work, deadlines_and_idle_labs, resets, saves, starts, stops, tasks
from labs.lifecycle.services import request_check, request_reset, request_save, request_session, stop_session
from labs.live import live_checks
from labs.models import CheckStatus, Exam, Host, Job, LabSession, Save, State, TroubleTicket
from labs.models.save import NoSave
from labs.pages.lab_page import LabPage
from labs.terminals import activity
from tests.labs.fakes import FORWARDING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state")]
R = Save.Reason


def ago(**time):
    return timezone.now() - timedelta(**time)


def stop(session, reason=R.STOP):
    session.refresh_from_db()
    if session.state == State.READY:
        stop_session(session)
    stops.stop(session.pk, reason)
    session.refresh_from_db()


def resumed(ada, engine, save):
    session = request_session(ada, save.lab, save)
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(session.pk, 1)
    session.refresh_from_db()
    assert session.state == State.READY
    return session


def test_a_stop_saves_the_work_and_a_resume_restores_it(at_work, engine, ada):
    LabSession.objects.update(assisted=["forwarding"], seed=7)
    stop(at_work)
    save = Save.objects.get()
    assert (save.reason, save.learner, save.seed, save.assisted) == (R.STOP, ada, 7, ["forwarding"])
    again = resumed(ada, engine, save)
    assert engine.client_of(again).sysctls[FORWARDING] == "1"
    assert (again.seed, again.assisted, again.lab_version) == (7, ["forwarding"], at_work.lab_version)
    assert again.initial_state == at_work.initial_state != {}


def test_what_had_passed_in_an_attempt_stays_passed_after_a_resume(at_work, engine, ada):
    """Its stages were not started again, and failed when a router goes down as the guide asks."""
    engine.client_of(at_work).is_solved()
    check_work.check(request_check(at_work).pk)
    CheckStatus.objects.filter(check_id="file").update(passed_in_attempt_at=timezone.now() + timedelta(hours=1))
    stop(at_work)
    again = resumed(ada, engine, Save.objects.get())
    rows = {row.check_id: row for row in again.check_statuses.all()}
    assert set(rows) == {"on", "still"}  # the file passed only after the save
    assert all(row.is_passed and not row.is_known and row.points == 0 for row in rows.values())
    stages = LabPage.of(again, ada).stages.all
    assert [(stage.shape, stage.points) for stage in stages] == [("pass", 6), ("run", 0)]
    again.state = State.READY
    resets.reset(request_reset(again, None).pk)
    assert not any(row.is_passed for row in again.check_statuses.all())


def test_work_is_saved_once_a_minute_while_the_learner_types(at_work, engine):
    assert saves.due(timezone.now()) == [at_work]
    saves.save_running(at_work.pk)
    assert saves.due(timezone.now()) == []
    at_work.touch()
    assert saves.due(timezone.now()) == []
    assert saves.due(timezone.now() + timedelta(seconds=61)) == [at_work]


@pytest.mark.parametrize("moment", [1, 2, 4])  # of beat, between two writes of the gateway
@pytest.mark.parametrize("keys", [range(150), (0, 1), (0, 6), (0, 54, 56)], ids=str)
def test_each_key_is_in_a_save_within_a_minute(at_work, engine, settings, monkeypatch, keys, moment):
    """Regression: the last key of a burst was written after a minute, and saved even later."""
    begun, second, saved = timezone.now(), 0, []
    monkeypatch.setattr(timezone, "now", lambda: begun + timedelta(seconds=second))
    monkeypatch.setattr(activity, "time", SimpleNamespace(monotonic=lambda: float(second)))
    beats = range(moment, 300, int(settings.CELERY_BEAT_SCHEDULE["save_changes"]["schedule"].total_seconds()))
    monkeypatch.setattr(activity, "_write", activity.write_activity)  # without closing the test's connection
    LabSession.objects.update(active_at=None)
    gateway = activity.Activity()
    for second in range(keys[-1] + 70):
        if second in keys:
            gateway.typed(str(at_work.pk), "r1", b"x")
        if second % activity.GATHER == 0:
            async_to_sync(gateway.write)()
        if second in beats and saves.due(timezone.now()):
            saves.save_running(at_work.pk)
            saved.append(second)
    waits = [next(moment for moment in [*saved, 999] if moment >= key) - key for key in keys]
    assert max(waits) <= 55  # with 5 for Celery's queue and the save itself


def test_unchanged_work_gets_a_new_time_and_no_new_save(at_work, engine):
    saves.save_running(at_work.pk)
    first = Save.objects.get()
    saves.save_running(at_work.pk)
    assert Save.objects.get().made_at > first.made_at


def test_a_save_of_unchanged_work_takes_over_the_skipped_stages(at_work, engine, ada):
    """Regression: a skip to the present stage changes nothing in the lab, and a resume gave points for the skipped stages."""
    saves.save_running(at_work.pk)
    LabSession.objects.update(assisted=["forwarding"])
    stop(at_work)
    assert Save.objects.get().assisted == ["forwarding"]
    assert resumed(ada, engine, Save.objects.get()).assisted == ["forwarding"]


def test_a_passed_stage_is_saved_at_once(at_work, engine):
    saves.save_running(at_work.pk)
    engine.client_of(at_work).files["/etc/light"] = "on\n"
    check_work.check(request_check(at_work).pk)
    assert saves.due(timezone.now()) == [at_work]
    saves.save_running(at_work.pk)
    assert Save.objects.first().reason == R.STAGE
    assert saves.due(timezone.now()) == []


def test_a_stage_that_passes_is_saved_by_the_check_and_not_by_beat(at_work, engine, queue):
    saves.save_running(at_work.pk)
    engine.client_of(at_work).is_solved()
    assert (
        live_checks.run(at_work.pk, ["on", "still"], last=False, changed=tasks.save_passed_stage)
        is live_checks.Result.DONE
    )
    assert queue() == 1
    assert Save.objects.first().reason == R.STAGE
    Save.objects.all().delete()
    tasks.check_lab(request_check(at_work).pk)
    assert queue() == 1
    assert Save.objects.first().reason == R.STAGE
    live_checks.run(at_work.pk, ["on", "still"], last=True, changed=tasks.save_passed_stage)
    assert queue() == 0


def test_in_a_rush_of_checks_saves_wait_for_half_a_minute(at_work, engine, queue):
    now = timezone.now()
    LabSession.objects.update(ready_at=now - timedelta(minutes=5))
    saves.save_running(at_work.pk)
    at_work.touch()
    engine.client_of(at_work).is_solved()
    live_checks.run(at_work.pk, ["on", "still"], last=False)
    Host.objects.update_or_create(name="", defaults={"memory": 1 << 30, "cores": 2})
    others = [LabSession.objects.create(learner=None, lab=at_work.lab) for _ in range(3)]
    jobs = [other.jobs.create(kind=Job.Kind.ATTEMPT) for other in others]
    tasks.save_passed_stage(at_work)
    assert queue() == 0
    assert saves.due(now + timedelta(seconds=20)) == []
    assert saves.due(now + timedelta(seconds=35)) == [at_work], "the stage that passed"
    CheckStatus.objects.update(first_passed_at=None)
    assert saves.due(now + timedelta(seconds=75)) == []
    assert saves.due(now + timedelta(seconds=85)) == [at_work], "what was typed"
    Job.objects.filter(pk=jobs[0].pk).update(ended_at=now)
    assert saves.due(now + timedelta(seconds=55)) == [at_work]


def test_nothing_is_saved_while_a_job_runs(at_work, engine):
    at_work.jobs.create(kind=Job.Kind.ATTEMPT)
    assert saves.due(timezone.now()) == []
    saves.save_running(at_work.pk)
    assert not Save.objects.exists()


def test_a_learner_can_save_and_reads_why_it_failed(at_work, engine):
    saves.save_now(request_save(at_work).pk)
    assert Save.objects.get().reason == R.ASKED
    engine.client_of(at_work).error = errors.LabFailed("r1 is full")
    job = request_save(at_work)
    saves.save_now(job.pk)
    job.refresh_from_db()
    assert job.detail == "r1 is full"


def test_a_requested_save_waits_for_an_automatic_one(at_work, engine, monkeypatch):
    LabSession.objects.update(saving_at=timezone.now())
    monkeypatch.setattr(saves.time, "sleep", lambda seconds: LabSession.objects.update(saving_at=None))
    job = request_save(at_work)
    saves.save_now(job.pk)
    job.refresh_from_db()
    assert job.error == ""
    assert Save.objects.get().reason == R.ASKED


def test_only_the_newest_saves_are_kept_and_no_file_without_a_row(at_work, engine, settings):
    for number in range(6):
        engine.client_of(at_work).files["/root/n"] = str(number)
        saves.save_running(at_work.pk)
        engine.client_of(at_work).files["/root/m"] = str(number)
        saves.save_now(request_save(at_work).pk)
    reasons = list(Save.objects.values_list("reason", flat=True))
    assert reasons.count(R.CHANGE) == saves.KEPT_OF_CHANGES
    assert reasons.count(R.ASKED) == saves.KEPT
    files = {path.name for path in (settings.STATE_DIR / "saves").glob(f"{at_work.learner_id}/*")}
    assert files == {str(save.pk) for save in Save.objects.all()}


def test_a_save_whose_file_is_gone_fails_the_start_with_that_reason(at_work, engine, ada):
    stop(at_work)
    save = Save.objects.get()
    saves.path_of(save).unlink()
    session = LabSession.objects.create(
        learner=ada, lab=save.lab, lab_version=save.lab_version, resumes=save, admitted_at=timezone.now()
    )
    starts.start(session.pk, 1)
    session.refresh_from_db()
    assert session.error == failure_sentences.SENTENCES[NoSave]


# The clock goes back by five minutes: rows that were written before lie in the future


@pytest.fixture
def stepped_back(at_work):
    """Set the clock back: all times in the rows lie five minutes ahead, with that at which Ada's lab became ready."""

    def step():
        ahead = timedelta(minutes=5)
        for save in Save.objects.all():
            Save.objects.filter(pk=save.pk).update(made_at=save.made_at + ahead)
        at_work.refresh_from_db()
        saving = at_work.saving_at and at_work.saving_at + ahead
        LabSession.objects.update(
            ready_at=at_work.ready_at + ahead, active_at=at_work.active_at + ahead, saving_at=saving
        )

    return step


def test_work_after_the_clock_went_back_is_saved_and_resumed(at_work, engine, ada, stepped_back):
    saves.save_running(at_work.pk)
    stepped_back()
    engine.client_of(at_work).files["/root/later"] = "yes"
    stop(at_work)
    assert at_work.error == ""
    newest = saves.of(ada, at_work.lab)[0]
    assert (newest.reason, newest.made_at <= timezone.now()) == (R.STOP, True)
    assert engine.client_of(resumed(ada, engine, newest)).files["/root/later"] == "yes"


def test_saves_from_before_the_clock_went_back_do_not_push_out_later_ones(at_work, engine, ada, stepped_back):
    for number in range(saves.KEPT_OF_CHANGES):
        engine.client_of(at_work).files["/root/n"] = str(number)
        saves.save_running(at_work.pk)
    before = saves.of(ada, at_work.lab)
    stepped_back()
    engine.client_of(at_work).files["/root/n"] = "later"
    saves.save_running(at_work.pk)
    assert saves.of(ada, at_work.lab)[1:] == before[:-1]


def test_after_the_clock_went_back_a_save_is_due_once(at_work, engine, stepped_back):
    saves.save_running(at_work.pk)
    stepped_back()
    activity.write_activity({activity.Place(str(at_work.pk), "r1"): timezone.now()})
    assert saves.due(timezone.now()) == [at_work]
    saves.save_running(at_work.pk)
    assert saves.due(timezone.now()) == []


def test_a_stage_that_was_passed_before_the_clock_went_back_is_saved_once(at_work, engine, stepped_back):
    engine.client_of(at_work).files["/etc/light"] = "on\n"
    check_work.check(request_check(at_work).pk)
    CheckStatus.objects.update(first_passed_at=timezone.now() + timedelta(minutes=5))
    stepped_back()
    saves.save_running(at_work.pk)
    assert saves.due(timezone.now()) == []


def test_a_save_that_was_lost_before_the_clock_went_back_blocks_no_other(at_work, engine, stepped_back):
    LabSession.objects.update(saving_at=timezone.now())
    stepped_back()
    saves.save_running(at_work.pk)
    assert Save.objects.exists()


# Resumed labs


def test_a_resumed_lab_is_neither_past_its_deadline_nor_idle(at_work, engine, ada):
    LabSession.objects.update(ends_at=timezone.now(), active_at=ago(hours=1), ready_at=ago(hours=2))
    stop(at_work)
    again = resumed(ada, engine, Save.objects.get())
    assert deadlines_and_idle_labs.expire() == []
    assert again.ends_at > timezone.now()


# The saves of a person, over all labs


def saved(ada, lab, size, *, days=0, reason=R.STOP, **of_session):
    """A save of Ada's in a lab that has stopped, with its file."""
    facts = {"learner": ada, "lab": lab, "lab_version": "0123456789ab"}
    of_session = {"is_class": False} | of_session
    session, _ = LabSession.objects.get_or_create(**facts, state=State.STOPPED, **of_session)
    save = Save.objects.create(session=session, **facts, size=size, reason=reason, made_at=ago(days=days))
    saves.write_file(save, b"packed")
    return save


def test_saves_of_a_ticket_and_of_the_lab_itself_push_out_nothing_of_each_other(ada, lab):
    """Regression: "Save now" in a trouble ticket deleted what its learner had built in the lab, and the reverse."""
    own = saved(ada, lab.id, 10, days=20), saved(ada, lab.id, 10, days=19, reason=R.CHANGE)
    began = ago(days=9)
    on_ticket = saved(ada, lab.id, 10, days=9, created_at=began)
    TroubleTicket.objects.create(session=on_ticket.session, fault="x", seed=1)
    for number in range(saves.KEPT):
        saved(ada, lab.id, 10, days=8 - number, created_at=began)
        saved(ada, lab.id, 10, days=8 - number, reason=R.CHANGE, created_at=began)
    saves.thin(ada.pk, lab.id)
    left = set(Save.objects.all())
    assert left >= set(own)
    assert on_ticket not in left
    assert len(left) == len(own) + saves.KEPT + saves.KEPT_OF_CHANGES


@pytest.fixture
def bound(monkeypatch):
    """The saves of a person may take 1000 bytes; one that the fake lab makes has less than 100."""
    monkeypatch.setattr(saves, "MOST_BYTES", 1000)


def test_the_saves_of_a_person_have_a_bound_over_all_labs_and_old_automatic_ones_go_first(at_work, ada, bound):
    gone = saved(ada, "a", 200, days=8, reason=R.CHANGE), saved(ada, "b", 200, days=7, reason=R.CHANGE)
    asked, newest = saved(ada, "a", 400, days=9), [saved(ada, "a", 200, days=5), saved(ada, "b", 200, days=4)]
    saves.save_running(at_work.pk)
    made = Save.objects.get(session=at_work)
    assert set(Save.objects.all()) == {asked, *newest, made}
    assert [saves.path_of(save).exists() for save in (*gone, asked, made)] == [False, False, True, True]


def test_what_others_put_into_a_class_lab_pushes_out_nothing_of_its_instructors_own_labs(at_work, ada, bound):
    own = saved(ada, "a", 400, days=9), saved(ada, "b", 400, days=8, reason=R.CHANGE)
    junk = [saved(ada, "b", 600, days=3 - n, is_class=True) for n in range(3)]
    saves.make_room(ada.pk)
    assert set(Save.objects.all()) == {*own, junk[-1]}
    assert saves.taken(ada.pk, in_class_labs=False) == 800
    assert saves.taken(ada.pk, in_class_labs=True) == 600


def test_saves_of_a_class_lab_and_of_the_same_lab_alone_push_out_nothing_of_each_other(ada, lab):
    own = saved(ada, lab.id, 10, days=20), saved(ada, lab.id, 10, days=19, reason=R.CHANGE)
    for number in range(saves.KEPT + 1):
        saved(ada, lab.id, 10, days=8 - number, is_class=True)
        saved(ada, lab.id, 10, days=8 - number, reason=R.CHANGE, is_class=True)
    saves.thin(ada.pk, lab.id)
    left = set(Save.objects.all())
    assert left >= set(own)
    assert len(left) == len(own) + saves.KEPT + saves.KEPT_OF_CHANGES


def test_other_saves_go_before_the_newest_of_a_lab_and_of_a_trouble_ticket(at_work, ada, bound):
    saved(ada, "a", 400, days=1)
    newest = saved(ada, "a", 300, reason=R.CHANGE), saved(ada, "b", 300, days=9, reason=R.CHANGE)
    on_ticket = saved(ada, "a", 300, days=10, created_at=ago(days=10))
    TroubleTicket.objects.create(session=on_ticket.session, fault="x", seed=1)
    saves.save_running(at_work.pk)
    assert set(Save.objects.exclude(session=at_work)) == {*newest, on_ticket}


@pytest.mark.parametrize(("state", "field"), [(State.STOPPED, "error"), (State.FAILED, "detail")])
def test_the_newest_of_another_lab_goes_if_nothing_else_fits_and_its_page_says_so(at_work, ada, bound, state, field):
    oldest, newer = saved(ada, "a", 600, days=2), saved(ada, "b", 600, days=1)
    LabSession.objects.exclude(pk=at_work.pk).update(state=state)
    saves.save_running(at_work.pk)
    assert set(Save.objects.exclude(session=at_work)) == {newer}
    told = {session.lab: getattr(session, field) for session in LabSession.objects.exclude(pk=at_work.pk)}
    assert told == {oldest.lab: failure_sentences.SAVES_REMOVED, newer.lab: ""}


def test_the_save_with_which_a_live_lab_began_stays(at_work, ada, bound):
    resumed_save, newer = saved(ada, "a", 600, days=2), saved(ada, "b", 600, days=1)
    LabSession.objects.filter(pk=at_work.pk).update(resumes=resumed_save)
    saves.save_running(at_work.pk)
    assert set(Save.objects.exclude(session=at_work)) == {resumed_save}
    assert not saves.path_of(newer).exists()


def test_exams_and_practice_push_out_nothing_of_each_other(at_work, ada, bound):
    practised = saved(ada, "a", 900)
    before, last = saved(ada, "b", 600, days=2, exam=Exam.OPEN), saved(ada, "c", 900, days=1, exam=Exam.OPEN)
    saves.save_running(at_work.pk)
    assert set(Save.objects.exclude(session=at_work)) == {practised, last}
    LabSession.objects.filter(pk=at_work.pk).update(exam=Exam.SEALED)
    Save.objects.filter(session=at_work).delete()
    saves.save_running(at_work.pk)
    assert set(Save.objects.exclude(session=at_work)) == {practised, last}
    assert not LabSession.objects.filter(lab=before.lab).exclude(error="").exists()


def test_the_saves_of_another_person_count_for_that_person_alone(at_work, linus, bound):
    saved(linus, "a", 999)
    saves.save_running(at_work.pk)
    assert Save.objects.count() == 2
