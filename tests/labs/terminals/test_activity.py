"""A forgotten tab keeps no lab alive; a learner who types does."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from labs.models import LabSession
from labs.terminals import activity
from labs.terminals.activity import Activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def noted(monkeypatch):
    """What is written down, without a thread of its own."""
    found = []
    monkeypatch.setattr(activity, "_write", found.append)
    return found


def test_a_key_is_written_at_once_and_the_next_when_its_time_has_come(noted, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(activity.time, "monotonic", lambda: now)
    keys = Activity()
    write = async_to_sync(keys.write)
    keys.typed("a", b"l")
    write()
    keys.typed("a", b"s")
    write()
    assert len(noted) == 1
    now += activity.EVERY
    write()
    assert len(noted) == 2
    now += activity.EVERY
    write()
    assert len(noted) == 2


@pytest.mark.parametrize("keys", [b"\x1b[?1;2c", b"\x1b[12;40R", b"\x1b[I", b"\x1b]11;rgb:00/00/00\x07\x1b[?62c"])
def test_what_a_terminal_answers_by_itself_is_not_typed(noted, keys):
    silent = Activity()
    silent.typed("a", keys)
    async_to_sync(silent.write)()
    assert noted == []


def test_arrows_and_letters_are_typed(noted):
    busy = Activity()
    busy.typed("a", b"\x1b[A")
    async_to_sync(busy.write)()
    assert list(noted[0]) == ["a"]


def test_the_last_key_is_on_the_row_of_a_lab_that_runs(ready, engine):
    at = timezone.now()
    activity.note({str(ready.pk): at})
    activity.note({str(ready.pk): ready.ready_at})
    assert LabSession.objects.get().active_at == at


def test_a_key_of_before_the_clock_was_stepped_back_is_not_the_last_for_ever(ready, engine):
    LabSession.objects.update(active_at=timezone.now() + timedelta(minutes=5))
    at = timezone.now()
    activity.note({str(ready.pk): at})
    assert LabSession.objects.get().active_at == at
    activity.note({str(ready.pk): timezone.now() + timedelta(minutes=5)})
    assert at < LabSession.objects.get().active_at <= timezone.now()
