"""Whether a version can take over the data of a site: each reason against it, and none."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tests.vaka.workshops.conftest import adds_item
from vaka.ops import can_upgrade, database_dump
from vaka.workshops.models import Workshop
from vaka.workshops.services import exams

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(tmp_path, settings, monkeypatch):
    """A site with data, which a version with exams has used, on a disk with space."""
    settings.STATE_DIR = tmp_path
    settings.MIGRATION_MODULES = {}  # the tests' database is made without migrations
    (tmp_path / "saves").mkdir()
    (tmp_path / "saves/one").write_bytes(b"x" * 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10 << 30))
    monkeypatch.setattr(database_dump, "size", lambda: 0)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.record_applied("accounts", "0001_initial")
    recorder.record_applied(*can_upgrade.EXAMS_SINCE.split("."))
    return recorder


@pytest.fixture
def reasons(tmp_path):
    """The reasons against an upgrade whose backup goes to a folder that is not there yet."""
    return lambda backups=tmp_path / "backups/vaka": list(can_upgrade.reasons_against(backups))


@pytest.fixture
def workshop():
    today = timezone.now().date()
    return Workshop.objects.create(title="Suva", first_day=today, last_day=today + timedelta(days=1), seat_count=4)


def test_data_of_an_older_version_can_be_taken_over(reasons, capsys):
    assert reasons() == []
    call_command("can_upgrade")
    assert capsys.readouterr().out == "This version can take over the data of the site.\n"


def test_data_of_a_newer_version_cannot_and_the_command_fails(site, capsys):
    site.record_applied("labs", "0999_tomorrow")
    with pytest.raises(SystemExit) as failed:
        call_command("can_upgrade")
    assert failed.value.code == 1
    said = capsys.readouterr().out
    assert "A newer version of Vaka has used the database (labs.0999_tomorrow)" in said
    assert "Install that version" in said


def test_an_open_exam_is_not_interrupted(reasons, workshop):
    exam = adds_item(workshop, "Final", kind="exam", opened_at=timezone.now())
    assert reasons() == ["An exam is open in Suva. Wait until it has ended, or end it."]
    exam.ended_at = timezone.now()
    exam.save()
    assert reasons() == []


def test_the_command_can_ask_for_exams_alone(workshop, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    call_command("can_upgrade", "--exams")
    assert capsys.readouterr().out == "No exam is open.\n"
    adds_item(workshop, "Final", kind="exam", opened_at=timezone.now())
    with pytest.raises(SystemExit):
        call_command("can_upgrade", "--exams")


def fails(*_):
    raise DatabaseError("database is locked")


def test_exams_that_cannot_be_read_are_a_reason(reasons, monkeypatch):
    monkeypatch.setattr(exams, "open_exams", fails)
    assert reasons() == [
        "Whether an exam is open could not be read: database is locked. Make sure that none is, and try again (vaka doctor)."
    ]


def test_a_version_from_before_exams_has_none(site, reasons, monkeypatch):
    site.record_unapplied(*can_upgrade.EXAMS_SINCE.split("."))
    monkeypatch.setattr(exams, "open_exams", fails)
    assert reasons() == []


def test_this_version_has_the_migration_that_brought_exams():
    assert database_dump.unknown([can_upgrade.EXAMS_SINCE]) == []


def test_a_database_that_does_not_answer_is_a_sentence(monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", fails)
    with pytest.raises(CommandError, match="does not answer: database is locked"):
        call_command("can_upgrade")


def test_a_disk_without_space_for_the_backup_is_said_with_what_to_do(reasons, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=can_upgrade.SPARE + 999))
    (reason,) = reasons()
    assert "needs up to 1.1 GB" in reason
    assert "vaka clean --dry-run" in reason
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=can_upgrade.SPARE + 1000))
    assert reasons() == []


def test_the_disk_to_which_the_backup_goes_is_measured_and_the_database_counts_on_both(reasons, monkeypatch, tmp_path):
    monkeypatch.setattr(can_upgrade, "disk_of", lambda folder: folder.name)
    monkeypatch.setattr(database_dump, "size", lambda: 5 << 30)
    (tmp_path / "other").mkdir()
    free = {tmp_path: 6 << 30, tmp_path / "other": 6 << 30}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free[path]))
    (reason,) = reasons(tmp_path / "other")
    assert reason.startswith(f"The disk of {tmp_path / 'other'} has 6.4 GB left")
    free[tmp_path] = 4 << 30  # the copy of the database is made there
    assert [one.split()[3] for one in reasons(tmp_path / "other")] == [str(tmp_path), str(tmp_path / "other")]


def test_a_database_that_no_site_has_used_yet_is_taken(site, reasons):
    for one in ("accounts.0001_initial", can_upgrade.EXAMS_SINCE):
        site.record_unapplied(*one.split("."))
    assert reasons() == []
