"""The daily cleaning: images of other versions, unused versions of labs, expired sign-ins, old saves."""

import os
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from labs.lifecycle import daily_cleaning, saves
from labs.models import ClassSeat, LabSession, Save, SeatWork
from labs.registry import versions
from vaka.accounts.models import BrowserSession

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


def kept(state, lab, version, *, hours=2):
    folder = state / "labs" / lab / version
    folder.mkdir(parents=True)
    (folder / "lab.yaml").write_text("x" * 1000)
    os.utime(folder, times=(time.time() - hours * 3600,) * 2)
    return folder


def said(*options):
    out = StringIO()
    call_command("clean", *options, stdout=out)
    return out.getvalue()


def test_the_command_reports_when_there_is_nothing_to_remove(engine):
    assert said() == "There is nothing to remove.\nSaves that stay: 0, 0.0 MB.\n"


def test_unused_versions_are_removed_and_others_stay(requested, ada, engine, state):
    needed = kept(state, requested.lab, requested.lab_version)
    saved = kept(state, "second-wind", "5" * 12)
    Save.objects.create(session=requested, learner=ada, lab="second-wind", lab_version="5" * 12, reason="stop", size=1)
    fresh = kept(state, requested.lab, "a" * 12, hours=0)
    old, half = kept(state, requested.lab, "b" * 12), kept(state, requested.lab, "c" * 12 + ".new")
    assert f"lab {requested.lab}, version {'b' * 12}: up to 0.0 MB" in said("--dry-run")
    assert old.exists()
    said()
    assert [folder.exists() for folder in (needed, saved, fresh, old, half)] == [True, True, True, False, False]
    assert versions.kept_folders() == sorted([needed, saved, fresh])


def test_a_version_is_kept_while_an_ended_session_refers_to_it(requested, engine, state):
    folder = kept(state, requested.lab, requested.lab_version)
    LabSession.objects.update(state="stopped")
    said()
    assert folder.exists()


def test_old_images_are_removed_unless_they_are_in_use(engine, settings):
    old = timezone.now() - timedelta(days=settings.CLEAN_IMAGES_DAYS + 1)
    engine.others = {"vaka-lab:old": old, "vaka-lab:used": old, "vaka-lab:young": timezone.now()}
    engine.used = {"vaka-lab:used"}
    assert "Would free up to 800.0 MB." in said("--dry-run")
    assert "image vaka-lab:old: up to 400.0 MB\nFreed up to 400.0 MB." in said()
    assert set(engine.others) == {"vaka-lab:used", "vaka-lab:young"}


def test_expired_sign_ins_are_removed_and_others_stay(engine, ada_client):
    BrowserSession.objects.create(session_key="over", session_data="", expire_date=timezone.now() - timedelta(days=1))
    assert "1 expired sign-ins" in said()
    assert BrowserSession.objects.count() == 1


def test_without_an_engine_everything_else_is_still_cleaned(engine, use_engine, requested, state):
    use_engine(engine.that_is_away())
    folder = kept(state, requested.lab, "b" * 12)
    daily_cleaning.clean()
    assert not folder.exists()


def test_a_folder_that_cannot_be_removed_is_skipped(engine, requested, state, monkeypatch):
    kept(state, requested.lab, "b" * 12)
    monkeypatch.setattr(daily_cleaning.shutil, "rmtree", _no)
    assert daily_cleaning.clean() == []


def _no(folder):
    raise PermissionError(13, "Permission denied", str(folder))


def save_of(session, *, days=0, reason="stop"):
    made_at = timezone.now() - timedelta(days=days)
    facts = {
        "lab": session.lab,
        "lab_version": session.lab_version,
        "reason": reason,
        "size": 2_000_000,
        "made_at": made_at,
    }
    return Save.objects.create(session=session, learner=session.learner, **facts)


def test_saves_are_counted_and_removed_if_too_many_or_too_old(requested, engine, settings):
    settings.CLEAN_SAVES_DAYS = 30
    LabSession.objects.update(state="stopped")
    new = [save_of(requested, days=day) for day in range(saves.KEPT)]
    save_of(requested, days=20)
    told = said("--dry-run")
    assert f"1 saves of {requested.lab} beside newer ones: up to 2.0 MB" in told
    assert "Saves that stay: 6, 12.0 MB." in told
    old = save_of(requested, days=40, reason="change")
    assert "1 saves older than 30 days" in said()
    assert set(Save.objects.all()) == set(new)
    assert old not in new


def test_saves_that_are_too_large_together_are_removed(requested, engine, monkeypatch):
    monkeypatch.setattr(saves, "MOST_BYTES", 5_000_000)
    newest, *_more = [save_of(requested, days=day) for day in range(3)]
    told = f"1 saves of user {newest.learner_id}, whose saves are too large together: up to 2.0 MB"
    assert told in said("--dry-run")
    assert told in said()
    assert (Save.objects.count(), Save.objects.first()) == (2, newest)


def test_saves_of_a_running_lab_stay_however_old_they_are(requested, engine, settings):
    settings.CLEAN_SAVES_DAYS = 1
    save_of(requested, days=2)
    assert "There is nothing to remove." in said()


def test_the_work_of_a_seat_goes_with_the_saves_of_its_time(requested, engine, settings):
    settings.CLEAN_SAVES_DAYS = 30
    seat = ClassSeat.objects.create(session=requested, user=requested.learner, nodes=["r1"])
    work = SeatWork.objects.create(seat=seat, packed=b"x" * 2_000_000, made_at=timezone.now() - timedelta(days=40))
    assert "There is nothing to remove." in said(), "its lab is live"
    LabSession.objects.update(state="stopped")
    SeatWork.objects.filter(pk=work.pk).update(made_at=timezone.now() - timedelta(days=20))
    assert "There is nothing to remove." in said()
    SeatWork.objects.filter(pk=work.pk).update(made_at=timezone.now() - timedelta(days=40))
    assert "the work of 1 class-lab seats older than 30 days: up to 2.0 MB" in said("--dry-run")
    said()
    assert not SeatWork.objects.exists()
    assert ClassSeat.objects.get() == seat
