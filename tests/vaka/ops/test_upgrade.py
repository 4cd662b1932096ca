"""Whether a version can take over the data of a site: each reason against it, and none."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tests.vaka.workshops.conftest import adds_item
from vaka.ops import upgrade
from vaka.workshops.models import Workshop
from vaka.workshops.services import exams

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(tmp_path, settings, monkeypatch):
    """A site with data, which a version with one migration has used, on a disk with space."""
    settings.STATE_DIR = tmp_path
    settings.MIGRATION_MODULES = {}  # the tests' database is made without migrations
    (tmp_path / "saves").mkdir()
    (tmp_path / "saves/one").write_bytes(b"x" * 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10 << 30))
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.record_applied("accounts", "0001_initial")
    return recorder


@pytest.fixture
def workshop():
    today = timezone.now().date()
    return Workshop.objects.create(title="Suva", first_day=today, last_day=today + timedelta(days=1), seat_count=4)


def test_data_of_an_older_version_can_be_taken_over(capsys):
    assert list(upgrade.reasons_against()) == []
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


def test_an_open_exam_is_not_interrupted(workshop):
    exam = adds_item(workshop, "Final", kind="exam", opened_at=timezone.now())
    assert list(upgrade.reasons_against()) == ["An exam is open in Suva. Wait until it has ended, or end it."]
    exam.ended_at = timezone.now()
    exam.save()
    assert list(upgrade.reasons_against()) == []


def test_a_version_from_before_exams_has_none(monkeypatch):
    def fails():
        raise DatabaseError("no such column: ended_at")

    monkeypatch.setattr(exams, "open_exams", fails)
    assert list(upgrade.reasons_against()) == []


def test_a_disk_without_space_for_the_backup_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=upgrade.SPARE + 999))
    (reason,) = upgrade.reasons_against()
    assert "needs up to 1.1 GB" in reason
    assert "vaka clean --dry-run" in reason
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=upgrade.SPARE + 1000))
    assert list(upgrade.reasons_against()) == []


def test_a_database_that_no_site_has_used_yet_is_taken(site):
    site.record_unapplied("accounts", "0001_initial")
    assert list(upgrade.reasons_against()) == []
